"""Proof that it helps: one simulated distributor, run twice, by spreadsheet habits and through the product.

``python -m benchmarks.twin`` lets the same customers order, the same trucks arrive and the same people forget, write twice, postpone and mistype,
once over sheets that everybody keeps for themselves, and once through the HTTP API of the template ``general`` with its rules on. Both are
compared with what really lies on the shelves. What is assumed is said in ``assumptions``; nothing else differs between the two.

- ``goods``, ``outside``: the business, and what happens to it whoever keeps the books.
- ``slips``: what people do wrong, at which rate; the same slips in both worlds.
- ``company``: a day's work, which asks a set of ``Books`` and never knows which kind it is.
- ``sheets``, ``product``: the two kinds.
- ``figures``, ``telling``: what came of it.
"""
