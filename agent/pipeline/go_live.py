"""Going live: who we are in this org, since when we alert (D9, D18), and the one summary to the admins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.alerts.compose import compose_go_live
from agent.alerts.views import GoLiveView
from agent.errors import ConfigurationError, Rejected, SalesforceError
from agent.instants import from_text, to_text
from agent.model import ALERTS, ENFORCED, Mode, Notice, NoticeState, Rule
from agent.pipeline.told_elsewhere import ORG_ITSELF, SIGN_OF_LIFE
from agent.pipeline.view import list_url
from agent.pipeline.work import Workshop
from agent.salesforce import soql, wire
from agent.store import diary, from_json, judged, messages, mirror, notices, to_json
from agent.store.notices import KeptNotice

SETTINGS_KEY = "settings"
NOT_YET = ""
"""In the rules' effective dates: this kind of alert has never been live."""
MAPPING = "mapping"
"""Beside the rules' effective dates in the settings row: the version of the mapping that they are of."""


def ensure_started(work: Workshop, now: datetime) -> bool:
    """Know the org, its go-live instant and the rules' effective dates; True if it had to be asked.

    Raises:
        ConfigurationError: this state belongs to another org.
        SalesforceError: the org cannot be asked, or the settings object cannot be read or written.
    """
    if work.started:
        return False
    _know_org(work, now)
    found = _settings_row(work)
    # Records are dated by the org's clock, so what counts from when is too (D9).
    at = work.org.server_time or now
    row = found or (_create_settings(work, at) if work.acts else _as_if_new(work, at))
    go_live = _go_live_of(work, row, at)
    effective = _effective_dates(work, row, go_live, at)
    with work.store.transaction():
        work.store.put("go_live", go_live)
        work.store.put("rules_effective", to_json(effective))
        if work.acts:
            work.store.put("effective_version", work.mapping.version)
        _follow_mapping(work, now)
    work.started = True
    return True


def _go_live_of(work: Workshop, row: Mapping[str, Any], now: datetime) -> str:
    """The recorded instant; where somebody emptied it, it is now, and recorded: nothing old is told (D9)."""
    s = work.mapping.write_back.settings
    if row[s.go_live]:
        return to_text(wire.parse_datetime(row[s.go_live]))
    if work.acts:
        [result] = work.org.update(s.object, [{"Id": row["Id"], s.go_live: now}])
        if result.error:
            raise result.error
    return to_text(now)


def _know_org(work: Workshop, now: datetime) -> None:
    known, org_id = work.store.get("org_id"), work.org.org_id
    if known and known != org_id:
        raise ConfigurationError(
            [
                f"{work.store.path}: holds the state of org {known}, but the credentials lead to {org_id}. "
                "Set SLI_STATE_DIR to another folder for this org."
            ]
        )
    with work.store.transaction():
        work.store.put("org_id", org_id)
        work.store.put("user_id", work.org.user_id)
        work.store.put("instance_url", work.org.instance_url)
        if not work.epoch:
            work.store.put("epoch", f"{now:%Y%m%dT%H%M%S}-{int(work.rng.random() * 16**8):08x}")


def _settings_row(work: Workshop) -> Mapping[str, Any] | None:
    s = work.mapping.write_back.settings
    condition = f"{s.key} = {soql.literal(SETTINGS_KEY)}"
    page = work.org.query(soql.select(s.object, ("Id", s.key, s.go_live, s.rules_effective), condition))
    return page.records[0] if page.records else None


def _create_settings(work: Workshop, now: datetime) -> Mapping[str, Any]:
    """The first agent ever in this org writes down the go-live instant; a second one reads it."""
    s = work.mapping.write_back.settings
    [result] = work.org.create(s.object, [_as_if_new(work, now)])
    if not result.success and not (
        isinstance(result.error, Rejected) and result.error.code == "DUPLICATE_VALUE"
    ):
        raise result.error or SalesforceError("the settings row cannot be created")
    found = _settings_row(work)
    if found is None:
        raise SalesforceError(
            f"{s.object}: the agent's settings row was created but cannot be read.",
            hint="Give the integration user read access to all its records (View All).",
        )
    return found


def _as_if_new(work: Workshop, now: datetime) -> dict[str, Any]:
    s = work.mapping.write_back.settings
    effective = {r.value: to_text(now) if _is_live(work, r) else NOT_YET for r in ALERTS}
    effective[MAPPING] = work.mapping.version
    return {
        s.key: SETTINGS_KEY,
        s.org_id: work.org_id,
        s.go_live: wire.to_wire(now),
        s.rules_effective: to_json(effective),
        s.epoch: work.epoch,
    }


def _effective_dates(work: Workshop, row: Mapping[str, Any], go_live: str, now: datetime) -> dict[str, str]:
    """Since when each kind of alert is live. A kind switched on later starts now: nothing old is told (D18).

    A changed mapping moves deadlines: those it puts where the old one had already judged are old as well.
    """
    s = work.mapping.write_back.settings
    kept: dict[str, str] = from_json(row[s.rules_effective] or "{}")
    settled = _settled_through(work, kept.get(MAPPING))
    effective = {}
    for rule in ALERTS:
        # A kind the org's row does not know is younger than it: it begins now.
        since = kept.get(rule.value, go_live if rule in ENFORCED else to_text(now))
        if since and settled and rule is not Rule.SUBMISSION:
            since = max(since, settled)
        effective[rule.value] = (since or to_text(now)) if _is_live(work, rule) else NOT_YET
    known = {**effective, MAPPING: work.mapping.version}
    if work.acts and known != kept:
        [result] = work.org.update(s.object, [{"Id": row["Id"], s.rules_effective: to_json(known)}])
        if result.error:
            raise result.error
    return effective


def _settled_through(work: Workshop, mapping_before: str | None) -> str | None:
    """Where the mapping changed: up to when every deadline was judged by the former one; else None.

    `mapping_before` is the version that the org's settings row names.
    """
    version, through = work.store.get("effective_version"), work.store.get("complete_through")
    if version is None and mapping_before not in (None, work.mapping.version):
        return _told_through(work)
    if version in (None, work.mapping.version) or through is None:
        return None
    # A deadline at this very second is judged only when the mark has passed it.
    return to_text(from_text(min(through, mirror.first_due(work.store) or through)) - timedelta(seconds=1))


def _told_through(work: Workshop) -> str | None:
    """On a disk that knows nothing: the newest deadline that the former mapping is known to have told."""
    n = work.mapping.write_back.notice
    rules = ",".join(soql.literal(rule.value) for rule in ALERTS if rule is not Rule.SUBMISSION)
    newest = soql.select(n.object, (n.due,), f"{n.rule} IN ({rules})", f"{n.due} DESC", limit=1)
    page = work.org.query(newest)
    return to_text(wire.parse_datetime(page.records[0][n.due])) if page.records else None


def _is_live(work: Workshop, rule: Rule) -> bool:
    return work.mapping.rules.mode(rule) is Mode.LIVE


def _follow_mapping(work: Workshop, now: datetime) -> None:
    """A changed mapping is judged anew, and read anew where it says what to read; what was told stays told."""
    known, read = work.store.get("mapping_version"), work.store.get("reading_version")
    if known == work.mapping.version:
        return
    if known:
        reads_anew = read != work.mapping.reading_version
        what = "the mapping changed: everything is read and" if reads_anew else "rules changed: everything is"
        diary.write(work.store, to_text(now), "run", f"{what} judged anew")
        mirror.mark_all_changed(work.store)
        if reads_anew:
            mirror.forget_cursors(work.store)
    work.store.put("mapping_version", work.mapping.version)
    work.store.put("reading_version", work.mapping.reading_version)


def intend_summary(work: Workshop, now: datetime) -> None:
    """Once everything is read and judged, the admins get one summary of what is old (D9). In a transaction."""
    go_live = work.store.get("go_live")
    if go_live is None or work.store.get("summary_intended"):
        return
    notice = Notice(work.org_id, ORG_ITSELF, Rule.GO_LIVE, from_text(go_live))
    notices.add(work.store, [(notice, "first sync of this org", {})], to_text(now))
    work.store.put("summary_intended", "1")


def freeze_summary(work: Workshop, kept: KeptNotice, now: datetime) -> None:
    """The claimed summary as a message to the admins. In a transaction."""
    counts = judged.before(work.store, work.store.get("go_live") or to_text(now))
    view = GoLiveView(
        go_live=kept.notice.due,
        zone=ZoneInfo(work.mapping.reference.default_time_zone),
        open=counts["open"],
        without_plan=counts["without_plan"],
        past_resolution=counts["past_resolution"],
        modes={rule: work.mapping.rules.mode(rule) for rule in ALERTS},
        url=list_url(work),
        plan_hours=work.mapping.rules.plan_hours,
        resolution_days=work.mapping.rules.resolution_days,
    )
    mail = compose_go_live(kept.notice, view, work.admin, sender=work.settings.mail_from, now=now)
    messages.freeze(work.store, [kept.notice.key], work.admin, mail, to_text(now))
    notices.set_state(
        work.store,
        kept.notice.key,
        NoticeState.CLAIMED,
        next_at=to_text(now + SIGN_OF_LIFE),
        record_id=kept.record_id,
        claimed_by=work.epoch,
    )
