"""The HTTP API: requests become commands, answers become JSON. The outside contract of the product."""

from __future__ import annotations

from flask import Blueprint

from builder.runtime.api.anchors import add_anchors
from builder.runtime.api.apps import add_apps
from builder.runtime.api.attachments import add_attachments, add_uploads
from builder.runtime.api.computations import add_computations
from builder.runtime.api.door import Door
from builder.runtime.api.events import add_events
from builder.runtime.api.files import add_exports, add_imports, add_jobs
from builder.runtime.api.forgetting import add_forgetting
from builder.runtime.api.ledgers import add_ledgers
from builder.runtime.api.lookups import add_lookups
from builder.runtime.api.merging import add_merging
from builder.runtime.api.mirror import add_mirror
from builder.runtime.api.notices import add_notifications
from builder.runtime.api.records import add_hanging, add_moves, add_records
from builder.runtime.api.reports import add_reports
from builder.runtime.api.session import add_people, add_session
from builder.runtime.api.stage import add_stage
from builder.runtime.api.tasks import add_tasks
from builder.runtime.api.templates import add_templates
from builder.runtime.api.tickets import add_tickets
from builder.runtime.api.tours import add_tours
from builder.runtime.api.traces import add_traces
from builder.web.locale import Messages

PREFIX = "/api/v1"


def api_blueprint(door: Door) -> Blueprint:
    """Every endpoint under ``/api/v1``."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    messages = Messages.load()
    add_session(api, door)
    add_people(api, door)
    add_tasks(api, door, messages)
    add_tickets(api, door)
    add_apps(api, door)
    add_templates(api, door)
    add_stage(api, door)
    add_tours(api, door)
    add_ledgers(api, door)
    add_anchors(api, door)
    add_traces(api, door)
    add_lookups(api, door)
    add_reports(api, door)
    add_mirror(api, door)
    add_computations(api, door)
    add_exports(api, door)
    add_imports(api, door, messages)
    add_jobs(api, door)
    add_notifications(api, door)
    add_events(api, door)
    add_records(api, door)
    add_merging(api, door)
    add_forgetting(api, door)
    add_hanging(api, door)
    add_attachments(api, door)
    add_uploads(api, door)
    add_moves(api, door, messages)
    return api
