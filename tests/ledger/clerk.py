"""A careful clerk: keeps the list of what was done and works everything out from that list, in fractions, unit by unit.

Nothing of the engine is used: no pools, layers, scales or plans. A balance is the sum of lines; the first-in-first-out queue holds
one entry per single unit. Where the declared policies leave the exact value of a correction open (a receipt taken back after its
units were sold, a short sale or its cover taken back), the clerk says so (``unsure``), and only what must always hold is compared
for that item from there on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

ZERO = Fraction(0)
PROVISIONAL = Fraction(7)
STANDARD = Fraction(29, 4)
ITEMS = {11: "pens", 12: "cups"}
PLACES = {21: "the main store", 22: "the east store"}
BATCHES = {0: "", 31: " of batch A", 32: " of batch B"}


@dataclass(frozen=True)
class Act:
    """What somebody did on a day. ``of`` is the number of the act that this one speaks of."""

    op: str
    day: int
    item: int = 11
    place: int = 21
    batch: int = 0
    qty: int = 0
    money: Fraction = ZERO
    of: int = -1

    @property
    def to(self) -> int:
        return 43 - self.place

    def story(self) -> str:
        """The act as a sentence."""
        what = f"{self.qty} {ITEMS[self.item]}{BATCHES[self.batch]}"
        at, money = PLACES[self.place], f"{float(self.money):.2f}"
        sentence = {
            "receive": f"receive {what} at {at} for {money} in all",
            "issue": f"issue {what} from {at}",
            "short": f"issue {what} from {at}, there or not",
            "transfer": f"move {what} from {at} to {PLACES[self.to]}",
            "count": f"count {what} at {at}",
            "reverse": f"take back act {self.of}",
            "amend": f"correct act {self.of} to {self.qty}",
            "late": f"{money} of freight for act {self.of}",
            "return": f"{self.qty} of act {self.of} come back",
            "close": "close the period",
        }[self.op]
        return f"day {self.day}: {sentence}"


def tell(acts: Iterable[Act]) -> str:
    """A history as a numbered story."""
    return "\n".join(f"{number:3}. {act.story()}" for number, act in enumerate(acts))


def cents(value: Fraction) -> Fraction:
    """To the cent, a half away from zero."""
    whole = (abs(value) * 200 + 1) // 2
    return Fraction(whole if value >= 0 else -whole, 100)


def part(value: Fraction, qty: Fraction, of: Fraction) -> Fraction:
    """The share of a value; all of the quantity takes all of it."""
    return value if qty == of else cents(value * qty / of)


@dataclass(eq=False)
class Line:
    """One line of the clerk's book. ``aside`` is what was booked as rounding or variance; ``back`` says that it takes another back."""

    act: int
    no: int
    day: int
    item: int
    place: int
    batch: int
    qty: Fraction
    value: Fraction
    kind: str = "own"
    about: Line | None = None
    aside: Fraction = ZERO
    undone: bool = False
    short: Fraction = ZERO
    short_value: Fraction = ZERO
    took: dict[Line, tuple[int, Fraction]] = field(default_factory=dict)


@dataclass(eq=False)
class Unit:
    """One unit in the queue: which receipt brought it, and where it stands."""

    source: Line
    at: tuple[int, int, int]


@dataclass
class Clerk:
    """``method`` as the ledger declares it; ``by_place``: every place has a cost of its own."""

    method: str
    by_place: bool = False
    lines: list[Line] = field(default_factory=list)
    counts: list[tuple[Line, Fraction]] = field(default_factory=list)
    queue: list[Unit] = field(default_factory=list)
    left: dict[Line, Fraction] = field(default_factory=dict)
    places: dict[Line, tuple[int, int, int]] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    standing: dict[int, Act] = field(default_factory=dict)

    # ---- what the book says

    def goods(self, day: int, **where: int) -> Fraction:
        return sum(
            (x.qty for x in self.lines if x.day <= day and all(getattr(x, k) == v for k, v in where.items())),
            ZERO,
        )

    def mine(self, line: Line) -> list[Line]:
        """Lines that share a cost with this one."""
        return [
            x
            for x in self.lines
            if x.item == line.item
            and (not self.by_place or x.place == line.place)
            and (self.method != "batch" or x.batch == line.batch)
        ]

    def worth(self, line: Line) -> tuple[Fraction, Fraction]:
        known = self.mine(line)
        return sum((x.qty for x in known), ZERO), sum((x.value for x in known), ZERO)

    # ---- acts

    def do(self, number: int, act: Act) -> bool:
        """Write the act into the book; False (and nothing written) where it is not allowed."""
        kept = self._remember()
        first = len(self.lines)
        getattr(self, f"_{act.op}")(number, act)
        if act.op != "short" and self._breaks(first):
            self._restore(kept)
            return False
        if act.op in ("receive", "issue", "short", "transfer", "count", "return", "late"):
            self.standing[number] = act
        return True

    def _remember(self) -> tuple[object, ...]:
        return (
            list(self.lines),
            list(self.counts),
            list(self.queue),
            dict(self.left),
            dict(self.standing),
            [(x, x.undone, x.short, x.short_value) for x in self.lines],
            set(self.unsure),
        )

    def _restore(self, kept: tuple[object, ...]) -> None:
        self.lines, self.counts, self.queue, self.left, self.standing, marks, self.unsure = kept  # type: ignore[assignment]
        for line, undone, short, short_value in marks:  # type: ignore[attr-defined]
            line.undone, line.short, line.short_value = undone, short, short_value

    def _breaks(self, first: int) -> bool:
        """Whether some day ends below zero, and lower than it did before."""
        new = self.lines[first:]
        for item, place, batch in {(x.item, x.place, b) for x in new for b in (None, x.batch)}:
            here = [x for x in self.lines if (x.item, x.place) == (item, place) and batch in (None, x.batch)]
            for day in sorted({x.day for x in here} | {99}):
                after = sum((x.qty for x in here if x.day <= day), ZERO)
                change = sum((x.qty for x in here if x.day <= day and x in new), ZERO)
                if after < 0 and change < 0:
                    return True
        return False

    def _receive(self, number: int, act: Act) -> None:
        self._move(number, act, Fraction(act.qty), act.money)

    def _issue(self, number: int, act: Act) -> None:
        self._move(number, act, -Fraction(act.qty))

    _short = _issue

    def _transfer(self, number: int, act: Act) -> None:
        out = self._move(number, act, -Fraction(act.qty))
        if not self.by_place and self.method != "standard":
            # Within one store of value nothing has happened, there or not.
            into = self._line(number, act, -out.qty, place=act.to)
            into.value = -out.value
            out.short = out.short_value = ZERO
            self._give_back(out, into)
            self._write(into)
            return
        if self.method not in ("fifo", "batch"):
            if out.short:
                self.unsure.add(act.item)
            self._enter(self._line(number, act, out.qty * -1, place=act.to), -out.value)
            return
        if out.short:
            self.unsure.add(act.item)
        rest, value = -out.qty, -out.value
        for source, (qty, money) in list(out.took.items()):
            self._enter(self._line(number, act, Fraction(qty), place=act.to), money, at=self.places[source])
            rest, value = rest - qty, value - money
        if rest:
            # What moved without having been there has no receipt whose place in the queue it could keep.
            self.unsure.add(act.item)
            self._enter(self._line(number, act, rest, place=act.to), value)

    def _count(self, number: int, act: Act) -> None:
        where = {"item": act.item, "place": act.place} | ({"batch": act.batch} if act.batch else {})
        found = act.qty - self.goods(act.day, **where)
        line = self._move(number, act, found, kind="count")
        self.counts.append((line, Fraction(act.qty)))

    def _late(self, number: int, act: Act) -> None:
        [of] = [x for x in self.lines if x.act == act.of and x.kind == "own" and not x.undone]
        line = self._line(number, act, ZERO, like=of, day=max(act.day, of.day))
        if self.method == "standard":
            line.aside = act.money
        else:
            have = max(self.worth(of)[0], ZERO)
            if self.method in ("fifo", "batch"):
                have = Fraction(sum(u.source is of for u in self.queue))
            line.value = part(act.money, min(have, of.qty), of.qty)
            line.aside = act.money - line.value
            if of in self.left and have:
                self.left[of] += line.value
        line.about = of
        self._write(line)

    def _return(self, number: int, act: Act) -> None:
        [of] = [x for x in self.lines if x.act == act.of and x.kind == "own" and not x.undone]
        before = [x for x in self.lines if x.about is of and x.kind == "own" and x.qty and not x.undone]
        cost = -of.value - sum((x.value for x in self.lines if x.about is of and x.kind == "true_up"), ZERO)
        left, paid = -of.qty - sum((x.qty for x in before), ZERO), sum((x.value for x in before), ZERO)
        line = self._line(number, act, Fraction(act.qty), like=of)
        line.about = of
        whole = cents(cost * act.qty / -of.qty)
        least = min if cost >= 0 else max
        self._enter(line, cost - paid if act.qty == left else least(whole, cost - paid))

    def _reverse(self, number: int, act: Act) -> None:
        self._take_back(number, act)
        self.standing.pop(act.of)

    def _amend(self, number: int, act: Act) -> None:
        self._take_back(number, act)
        old = self.standing.pop(act.of)
        new = Act(old.op, old.day, old.item, old.place, old.batch, act.qty, old.money, old.of)
        getattr(self, f"_{old.op}")(number, new)
        self.standing[number] = new

    def _take_back(self, number: int, act: Act) -> None:
        own = [x for x in self.lines if x.act == act.of and x.kind not in ("back", "shift") and not x.undone]
        for line in reversed(own):
            line.undone = True
            self._undo(number, act, line)
        self.counts = [(x, q) for x, q in self.counts if not x.undone]

    # ---- lines

    def _line(
        self, number: int, act: Act, qty: Fraction, *, place: int = 0, like: Line | None = None, day: int = 0
    ) -> Line:
        if like is not None:
            where = like.item, like.place, like.batch
        else:
            where = act.item, place or act.place, act.batch
        return Line(number, 0, day or act.day, *where, qty, ZERO)

    def _move(
        self, number: int, act: Act, qty: Fraction, money: Fraction | None = None, kind: str = "own"
    ) -> Line:
        line = self._line(number, act, qty)
        line.kind = kind
        if qty > 0:
            self._enter(line, money)
        else:
            self._leave(line)
        return line

    def _write(self, line: Line) -> None:
        """Into the book; and whatever its day's later count calls for."""
        if line not in self.lines:
            line.no = len(self.lines)
            self.lines.append(line)
        self._close(line)
        later = [
            c
            for c, _ in self.counts
            if (c.item, c.place) == (line.item, line.place)
            and c.batch in (0, line.batch)
            and c.day > line.day
        ]
        if line.kind == "shift" or not line.qty or not later:
            return
        count = min(later, key=lambda c: (c.day, c.no))
        shift = Line(
            line.act, 0, count.day, line.item, line.place, line.batch, -line.qty, ZERO, "shift", count
        )
        if shift.qty > 0 and self.method != "standard":
            # What was never there is lacking no more; the rest is there, as another unit.
            shift.value, rest, money = -line.value, shift.qty - line.short, -line.value - line.short_value
            line.short = line.short_value = ZERO
            self._own(shift, rest, money)
            self._write(shift)
        elif shift.qty > 0:
            self._enter(shift, -line.value)
        else:
            self._leave(shift, -line.value, first=line)

    def _close(self, line: Line) -> None:
        """Zero means zero."""
        qty, value = self.worth(line)
        if qty == 0 and value:
            rest = Line(line.act, len(self.lines), line.day, line.item, line.place, line.batch, ZERO, -value)
            rest.kind, rest.aside, rest.about = "rest", value, line
            self.lines.append(rest)

    def _enter(self, line: Line, money: Fraction | None, at: tuple[int, int, int] | None = None) -> None:
        """Goods come: first to those who were promised them, then into the store."""
        have, value = self.worth(line)
        shorts = sorted((x for x in self.mine(line) if x.short), key=lambda x: (x.day, x.no))
        if self.method == "standard":
            line.value = cents(STANDARD * line.qty)
            line.aside = (money - line.value) if money is not None else ZERO
            self._write(line)
            return
        if money is None:
            money = part(value, line.qty, have) if have > 0 else cents(PROVISIONAL * line.qty)
        line.value, line.no = money, len(self.lines)
        self.lines.append(line)
        left, worth = line.qty, money
        for issue in shorts:
            taken = min(left, issue.short)
            if not taken:
                continue
            cost, given = part(worth, taken, left), part(issue.short_value, taken, issue.short)
            issue.short, issue.short_value = issue.short - taken, issue.short_value - given
            left, worth = left - taken, worth - cost
            if given != cost:
                fix = Line(
                    line.act,
                    len(self.lines),
                    max(line.day, issue.day),
                    issue.item,
                    issue.place,
                    issue.batch,
                    ZERO,
                    given - cost,
                )
                fix.kind, fix.about = "true_up", issue
                self.lines.append(fix)
        if left:
            place = at or (line.day, line.no, line.no)
            self.places[line] = (*place[:2], line.no)
            self.queue += [Unit(line, self.places[line]) for _ in range(int(left))]
            self.left[line] = worth
        self._write(line)

    def _leave(self, line: Line, money: Fraction | None = None, first: Line | None = None) -> None:
        """Goods go: at the cost of what is there, beyond that at the provisional one."""
        wanted = -line.qty
        have, value = self.worth(line)
        if self.method == "standard":
            here = min(wanted, max(have, ZERO))
            cost = (part(value, here, have) if here else ZERO) + cents(STANDARD * (wanted - here))
            line.value = -cost if money is None else money
            self._write(line)
            return
        if self.method == "fifo":
            here, cost = self._take(line, int(wanted), first)
            if money is not None and cost != -money:
                self.unsure.add(line.item)
        else:
            here = min(wanted, max(have, ZERO))
            cost = part(value, here, have) if here else ZERO
            if self.method == "batch":
                self._take(line, int(wanted))
                self._tell_apart(line, cost if money is None else -money)
        missing = wanted - here
        lacking = (
            cents(PROVISIONAL * missing)
            if money is None
            else part(-money, missing, wanted)
            if missing
            else ZERO
        )
        line.short, line.short_value = missing, lacking
        line.value = -(cost + lacking) if money is None else money
        self._write(line)

    def _units(self, line: Line, first: Line | None = None) -> list[Unit]:
        known = set(map(id, self.mine(line)))
        units = [u for u in self.queue if id(u.source) in known]
        return sorted(units, key=lambda u: (u.source is not first, u.at))

    def _take(self, line: Line, wanted: int, first: Line | None = None) -> tuple[Fraction, Fraction]:
        """The oldest units, receipt by receipt."""
        taken = self._units(line, first)[:wanted]
        self.queue = [u for u in self.queue if u not in taken]
        for source in {u.source: 0 for u in taken}:
            count = sum(u.source is source for u in taken)
            among = count + sum(u.source is source for u in self.queue)
            share = part(self.left[source], Fraction(count), Fraction(among))
            line.took[source] = count, share
            self.left[source] -= share
        return Fraction(len(taken)), sum((money for _, money in line.took.values()), ZERO)

    def _tell_apart(self, line: Line, cost: Fraction) -> None:
        """Units of one batch cost alike: what left is spread over the receipts it came from."""
        left = Fraction(sum(count for count, _ in line.took.values()))
        for source, (count, _) in line.took.items():
            share = part(cost, Fraction(count), left)
            line.took[source] = count, share
            left, cost = left - count, cost - share

    def _give_back(self, out: Line, into: Line) -> None:
        for source, (count, money) in out.took.items():
            self.queue += [Unit(source, self.places[source]) for _ in range(count)]
            self.left[source] += money

    def _own(self, line: Line, rest: Fraction, money: Fraction) -> None:
        """Units that come by no receipt but this line."""
        if rest > 0 and self.method in ("fifo", "batch"):
            line.no = len(self.lines)
            self.lines.append(line)
            self.places[line] = (line.day, line.no, line.no)
            self.queue += [Unit(line, self.places[line]) for _ in range(int(rest))]
            self.left[line] = money

    def _undo(self, number: int, act: Act, line: Line) -> None:
        back = self._line(number, act, -line.qty, like=line, day=line.day)
        back.kind, back.about, back.value, back.aside = "back", line, -line.value, -line.aside
        if self._is_open_question(line):
            self.unsure.add(line.item)
        line.short = line.short_value = ZERO
        if self.method in ("fifo", "batch"):
            self._undo_units(line, back)
        self._write(back)
        for shift in [x for x in self.lines if x.about is line and x.kind == "shift"]:
            # The count is no more, so nothing has to agree with it.
            self._undo(number, act, shift)

    def _is_open_question(self, line: Line) -> bool:
        about = [x for x in self.lines if x.about is line and not x.undone]
        return (
            bool(line.short)
            or line.kind in ("true_up", "rest")
            or any(
                x.kind in ("true_up", "rest") or (x.kind == "own" and self.method != "moving_average")
                for x in about
            )
            or (line.kind == "shift" and self.method == "fifo")
            or (self.method == "fifo" and any(x.short for x in self.mine(line)))
        )

    def _undo_units(self, line: Line, back: Line) -> None:
        if line.qty < 0:
            self._give_back(line, back)
        elif line.qty > 0:
            own = [u for u in self.queue if u.source is line]
            if len(own) != line.qty or (self.method == "fifo" and self.left[line] != line.value):
                self.unsure.add(line.item)
            self.queue = [u for u in self.queue if u.source is not line]
        elif line.value and line.about in self.left and any(u.source is line.about for u in self.queue):
            self.left[line.about] -= line.value
        elif line.value:
            self.unsure.add(line.item)
