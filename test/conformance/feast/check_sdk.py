"""Runs the unmodified Feast SDK against a running feature store; see README.md.

Prints one line per check, `ok` or `FAIL`, and exits with the number of failures.
"""

import argparse
import math
import tempfile
import time
import traceback
import uuid
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas as pd

warnings.filterwarnings("ignore")

import feast  # noqa: E402
from feast import Entity, FeatureStore, FeatureView, OnDemandFeatureView  # noqa: E402
from feast import errors as feast_errors  # noqa: E402
from feast.data_source import PushMode  # noqa: E402

from check_values import ValueChecks  # noqa: E402

PROJECT = "fraudflow"
SERVICE = "fraud_detection_features"
TOLERANCE = 1e-9

CONFIG = """\
project: {project}
provider: local
entity_key_serialization_version: 3
registry: {{registry_type: remote, path: "{registry}"}}
online_store: {{type: remote, path: "{online}"}}
offline_store: {{type: remote, host: "{flight_host}", port: {flight_port}}}
"""


class Checks:
    """Runs checks and counts what failed."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def run(self, name, check):
        started = time.perf_counter()
        try:
            check()
        except Exception as error:  # report every failure
            self.failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}")
            where = traceback.extract_tb(error.__traceback__)
            for frame in [one for one in where if one.filename == __file__][-2:]:
                print(f"      line {frame.lineno}: {frame.line}")
            return
        self.passed += 1
        print(f"ok    {name} ({(time.perf_counter() - started) * 1000:.0f} ms)")


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def raises(error_class, call, *parts):
    """The call must raise exactly this class, with this text in its message."""
    try:
        call()
    except Exception as error:
        assert type(error) is error_class, f"{type(error).__name__} instead of {error_class.__name__}: {error}"
        for part in parts:
            assert part in str(error), f"{part!r} is not in {error}"
        return
    raise AssertionError(f"{error_class.__name__} was not raised")


def same_number(actual, expected):
    if actual is None or expected is None or math.isnan(actual) or math.isnan(expected):
        return actual is expected or (pd.isna(actual) and pd.isna(expected))
    return abs(actual - expected) <= TOLERANCE * max(1.0, abs(expected))


class Suite:
    def __init__(self, store, checks, transactions):
        self.store = store
        self.checks = checks
        self.transactions = transactions
        self.run_id = uuid.uuid4().hex[:8]

    def run(self):
        for part in (self.registry, self.registry_errors, self.online, self.online_errors, self.pushing):
            part()
        for part in (self.historical, self.historical_errors, self.pulls, self.read_only):
            part()
        ValueChecks(self.store, self.checks, self.run_id).run()
        if self.transactions is not None:
            self.same_numbers()

    # -- registry ---------------------------------------------------------------------------------------------------------------

    def registry(self):
        store, run = self.store, self.checks.run
        run("refresh_registry", store.refresh_registry)
        run("list_projects", lambda: equal([one.name for one in store.list_projects()], [PROJECT]))
        run("get_project", lambda: equal(store.get_project(PROJECT).name, PROJECT))
        run("list_entities", lambda: equal({e.name for e in store.list_entities()}, {"customer_id", "terminal_id"}))
        run("get_entity", lambda: equal(store.get_entity("customer_id").join_key, "customer_id"))
        run("list_feature_views", lambda: self.has_views(store.list_feature_views()))
        run("list_batch_feature_views", lambda: self.has_views(store.list_batch_feature_views()))
        run("list_all_feature_views", self.all_views)
        run("list_on_demand_feature_views", self.on_demand_views)
        run("list_stream_feature_views", lambda: equal(store.list_stream_feature_views(), []))
        run("list_data_sources", self.data_sources)
        run("list_feature_services", self.feature_services)
        run("get_feature_service", self.feature_service)
        run("get_feature_view", self.feature_view)
        run("list with tags", lambda: equal([v.name for v in store.list_feature_views(tags={"kind": "pushed"})], ["customer_profile"]))
        run("list_saved_datasets", lambda: equal(store.list_saved_datasets(), []))
        run("list_permissions", lambda: equal(store.list_permissions(), []))

    def has_views(self, views):
        names = {view.name for view in views}
        assert {"customer", "terminal", "customer_profile"} <= names, names
        assert all(isinstance(view, FeatureView) for view in views)

    def all_views(self):
        kinds = {view.name: type(view) for view in self.store.list_all_feature_views()}
        equal(kinds["transaction"], OnDemandFeatureView)
        equal(kinds["customer"], FeatureView)

    def on_demand_views(self):
        (view,) = self.store.list_on_demand_feature_views()
        equal(view.name, "transaction")
        assert "amount" in view.get_request_data_schema()

    def data_sources(self):
        names = {source.name for source in self.store.list_data_sources()}
        assert {"customer_history", "customer_stream", "customer_profile_push", "transaction_request"} <= names, names

    def feature_services(self):
        names = [service.name for service in self.store.list_feature_services()]
        assert SERVICE in names and f"{SERVICE}_v2" in names, names

    def feature_service(self):
        service = self.store.get_feature_service(SERVICE)
        features = [field.name for view in service.feature_view_projections for field in view.features]
        equal(len(features), 15)
        equal(features[0], "tx_amount")
        equal(features[-1], "terminal_id_risk_30day_window")
        larger = self.store.get_feature_service(f"{SERVICE}_v2")
        assert sum(len(view.features) for view in larger.feature_view_projections) >= 15

    def feature_view(self):
        view = self.store.get_feature_view("customer_profile")
        equal([column.name for column in view.entity_columns], ["customer_id"])
        equal(view.stream_source.name, "customer_profile_push")
        assert view.ttl > timedelta(0)

    def registry_errors(self):
        store, run = self.store, self.checks.run
        for name, call, error in [
            ("feature service", store.get_feature_service, feast_errors.FeatureServiceNotFoundException),
            ("feature view", store.get_feature_view, feast_errors.FeatureViewNotFoundException),
            ("on-demand view", store.get_on_demand_feature_view, feast_errors.OnDemandFeatureViewNotFoundException),
            ("stream view", store.get_stream_feature_view, feast_errors.FeatureViewNotFoundException),
            ("entity", store.get_entity, feast_errors.EntityNotFoundException),
            ("data source", store.get_data_source, feast_errors.DataSourceObjectNotFoundException),
        ]:
            run(f"unknown {name} raises {error.__name__}", lambda call=call, error=error: raises(error, lambda: call("nope"), "nope"))
        run(
            "unknown project raises ProjectObjectNotFoundException",
            lambda: raises(feast_errors.ProjectObjectNotFoundException, lambda: store.registry.list_entities("other"), "other"),
        )

    # -- online -----------------------------------------------------------------------------------------------------------------

    def entity_row(self):
        row = {"customer_id": "0", "terminal_id": "0", "amount": 12.5, "transaction_id": f"check-{self.run_id}"}
        row["occurred_at"] = datetime.now(timezone.utc).isoformat()
        if self.transactions is not None:
            last = self.transactions.iloc[-1]
            row.update(customer_id=last.customer_id, terminal_id=last.terminal_id)
        return row

    def online(self):
        run = self.checks.run
        run("get_online_features of a service, with the request's transaction", self.online_service)
        run("get_online_features of references, without a transaction", self.online_references)
        run("get_online_features with full feature names", self.online_full_names)
        run("get_online_features of 200 rows in one call, one of them twice", self.online_many)

    def online_service(self):
        service = self.store.get_feature_service(SERVICE)
        answer = self.store.get_online_features(service, [self.entity_row()]).to_dict()
        equal(answer["tx_amount"], [12.5])
        equal(answer["customer_id"], [self.entity_row()["customer_id"]])
        count = answer["customer_id_nb_tx_1day_window"][0]
        assert count is not None and count >= 1, f"the request's transaction is not counted: {count}"

    def online_references(self):
        row = {"customer_id": self.entity_row()["customer_id"]}
        wanted = ["customer_id_nb_tx_7day_window", "customer_id_avg_amount_7day_window"]
        answer = self.store.get_online_features([f"customer:{name}" for name in wanted], [row]).to_dict()
        assert set(wanted) <= set(answer), answer

    def online_full_names(self):
        row = {"terminal_id": self.entity_row()["terminal_id"]}
        refs = ["terminal:terminal_id_nb_tx_7day_window"]
        answer = self.store.get_online_features(refs, [row], full_feature_names=True).to_dict()
        assert "terminal__terminal_id_nb_tx_7day_window" in answer, answer

    def online_many(self):
        rows = [{"customer_id": f"{i % 199}"} for i in range(200)]
        answer = self.store.get_online_features(["customer:customer_id_nb_tx_1day_window"], rows).to_dict()
        counts = answer["customer_id_nb_tx_1day_window"]
        equal(len(counts), 200)
        equal(counts[0], counts[199])

    def online_errors(self):
        store, run = self.store, self.checks.run
        row = [{"customer_id": "1"}]
        run(
            "online: unknown view raises FeatureViewNotFoundException",
            lambda: raises(feast_errors.FeatureViewNotFoundException, lambda: store.get_online_features(["nope:x"], row), "nope"),
        )
        run("online: an unknown feature is refused immediately", self.online_unknown_feature)

    def online_unknown_feature(self):
        started = time.perf_counter()
        try:
            self.store.get_online_features(["customer:nope"], [{"customer_id": "1"}])
        except Exception as error:
            assert "nope" in str(error), error
            assert time.perf_counter() - started < 2.5, "the SDK tried again: the answer was 5xx or 429"
            return
        raise AssertionError("nothing was raised")

    # -- pushing ----------------------------------------------------------------------------------------------------------------

    def profile(self, customer, limit, at):
        return pd.DataFrame(
            {
                "customer_id": [customer],
                "credit_limit": [limit],
                "risk_segment": ["gold"],
                "is_business": [True],
                "account_opened_at": [pd.Timestamp("2020-02-29", tz="UTC")],
                "event_timestamp": [at],
            }
        )

    def pushing(self):
        run = self.checks.run
        run("push online, then read", self.push_online)
        run("write_to_online_store: a late row does not overwrite", self.late_row)
        run("push offline, then read as of now and as of before", self.push_offline)
        run("push to an unknown push source", self.push_unknown)
        run("a computed view accepts no rows online", self.push_computed)

    def limit_of(self, customer):
        answer = self.store.get_online_features(["customer_profile:credit_limit"], [{"customer_id": customer}])
        return answer.to_dict()["credit_limit"][0]

    def push_online(self):
        customer = f"pushed-{self.run_id}"
        self.store.push("customer_profile_push", self.profile(customer, 5_000.5, pd.Timestamp.now(tz="UTC")))
        equal(self.limit_of(customer), 5_000.5)

    def late_row(self):
        customer = f"late-{self.run_id}"
        now = pd.Timestamp.now(tz="UTC")
        self.store.write_to_online_store("customer_profile", self.profile(customer, 2.0, now))
        self.store.write_to_online_store("customer_profile", self.profile(customer, 1.0, now - timedelta(seconds=1)))
        equal(self.limit_of(customer), 2.0)

    def push_offline(self):
        customer = f"archived-{self.run_id}"
        before = pd.Timestamp.now(tz="UTC") - timedelta(minutes=5)
        row = self.profile(customer, 750.25, before - timedelta(days=1))
        self.store.push("customer_profile_push", row, to=PushMode.OFFLINE)
        now = pd.Timestamp.now(tz="UTC") + timedelta(seconds=1)
        asked = pd.DataFrame({"customer_id": [customer, customer, "nobody"], "event_timestamp": [now, before, now]})
        refs = ["customer_profile:credit_limit", "customer_profile:risk_segment", "customer_profile:is_business"]
        answer = self.store.get_historical_features(asked, refs).to_df()
        equal(answer["credit_limit"].tolist()[0], 750.25)
        equal(answer["risk_segment"].tolist()[0], "gold")
        equal(bool(answer["is_business"].tolist()[0]), True)
        assert pd.isna(answer["credit_limit"][1]), "a row was seen before it was written"
        assert pd.isna(answer["credit_limit"][2])

    def push_unknown(self):
        row = self.profile("x", 1.0, pd.Timestamp.now(tz="UTC"))
        raises(feast_errors.PushSourceNotFoundException, lambda: self.store.push("nope", row), "nope")

    def push_computed(self):
        fields = [field.name for field in self.store.get_feature_view("customer").features]
        row = pd.DataFrame({"customer_id": ["x"], **{name: [1] for name in fields}, "event_timestamp": [pd.Timestamp.now(tz="UTC")]})
        try:
            self.store.write_to_online_store("customer", row)
        except Exception as error:
            assert "computed" in str(error), error
            return
        raise AssertionError("nothing was raised")

    # -- historical -------------------------------------------------------------------------------------------------------------

    def asked(self, rows=3):
        now = datetime.now(timezone.utc)
        return pd.DataFrame(
            {
                "customer_id": [f"{i}" for i in range(rows)],
                "terminal_id": [f"{i}" for i in range(rows)],
                "event_timestamp": [now - timedelta(hours=i) for i in range(rows)],
                "amount": [10.0 + i for i in range(rows)],
                "note": ["first", None, "third"][:rows],
            },
            index=[f"row {i}" for i in range(rows)],
        )

    def historical(self):
        run = self.checks.run
        run("get_historical_features of a service", self.historical_service)
        run("get_historical_features with full feature names", self.historical_full_names)
        run("get_historical_features of duplicate rows returns each", self.historical_duplicates)
        run("get_historical_features of no rows", self.historical_empty)
        run("get_historical_features with numbers as ids", self.historical_numbers)
        run("to_arrow", self.historical_arrow)

    def historical_service(self):
        service = self.store.get_feature_service(SERVICE)
        asked = self.asked()
        answer = self.store.get_historical_features(asked, service).to_df()
        equal(list(answer.columns[:5]), ["customer_id", "terminal_id", "event_timestamp", "amount", "note"])
        equal(len(answer.columns), 20)
        equal(answer["customer_id"].tolist(), asked["customer_id"].tolist())
        equal(answer["tx_amount"].tolist(), [10.0, 11.0, 12.0])
        equal(answer["note"].tolist()[0], "first")
        assert pd.isna(answer["note"][1])

    def historical_full_names(self):
        refs = ["customer:customer_id_nb_tx_1day_window", "terminal:terminal_id_risk_7day_window"]
        answer = self.store.get_historical_features(self.asked(), refs, full_feature_names=True).to_df()
        equal(list(answer.columns[-2:]), [ref.replace(":", "__") for ref in refs])

    def historical_duplicates(self):
        asked = pd.concat([self.asked(1)] * 4)
        answer = self.store.get_historical_features(asked, ["terminal:terminal_id_nb_tx_7day_window"]).to_df()
        equal(len(answer), 4)

    def historical_empty(self):
        answer = self.store.get_historical_features(self.asked().iloc[:0], ["customer:customer_id_nb_tx_1day_window"]).to_df()
        equal(len(answer), 0)
        equal(answer.columns[-1], "customer_id_nb_tx_1day_window")

    def historical_numbers(self):
        asked = self.asked()
        texts = self.store.get_historical_features(asked, ["customer:customer_id_nb_tx_30day_window"]).to_df()
        asked["customer_id"] = asked["customer_id"].astype(int)
        numbers = self.store.get_historical_features(asked, ["customer:customer_id_nb_tx_30day_window"]).to_df()
        pd.testing.assert_series_equal(texts.iloc[:, -1], numbers.iloc[:, -1])

    def historical_arrow(self):
        table = self.store.get_historical_features(self.asked(), ["customer:customer_id_nb_tx_1day_window"]).to_arrow()
        equal(str(table.schema.field("customer_id_nb_tx_1day_window").type), "int64")
        assert str(table.schema.field("event_timestamp").type).endswith("tz=UTC]")

    def historical_errors(self):
        run, asked = self.checks.run, self.asked()
        service = self.store.get_feature_service(SERVICE)

        def history(table, features=service):
            return lambda: self.store.get_historical_features(table, features).to_df()

        for column, error in [
            ("terminal_id", feast_errors.FeastEntityDFMissingColumnsError),
            ("amount", feast_errors.RequestDataNotFoundInEntityDfException),
            ("event_timestamp", feast_errors.EntityTimestampInferenceException),
        ]:
            run(
                f"historical: without {column} {error.__name__} is raised",
                lambda column=column, error=error: raises(error, history(asked.drop(columns=column)), column),
            )
        run(
            "historical: unknown view raises FeatureViewNotFoundException",
            lambda: raises(feast_errors.FeatureViewNotFoundException, history(asked, ["nope:x"]), "nope"),
        )
        run(
            "historical: SQL is refused with a reason",
            lambda: raises(feast_errors.FeastError, history("select 1"), "SQL"),
        )

    def pulls(self):
        run = self.checks.run
        run("the history of a computed view can be pulled", self.pull_computed)
        run("the history of a pushed view can be pulled, whole and newest", self.pull_pushed)
        run("columns of a source are known", self.source_columns)

    def offline(self):
        return self.store._get_provider().offline_store

    def pull(self, call, view, columns, since=None):
        source = self.store.get_feature_view(view).batch_source
        keys = [column.name for column in self.store.get_feature_view(view).entity_columns]
        now = datetime.now(timezone.utc)
        start = since or datetime(2000, 1, 1, tzinfo=timezone.utc)
        return call(self.store.config, source, keys, columns, "event_timestamp", None, start, now + timedelta(days=1)).to_df()

    def pull_computed(self):
        offline = self.offline()
        name = "customer_id_nb_tx_1day_window"
        newest = self.pull(offline.pull_latest_from_table_or_query, "customer", [name])
        equal(list(newest.columns), ["customer_id", name, "event_timestamp"])
        assert newest["customer_id"].is_unique
        if self.transactions is not None:
            equal(set(newest["customer_id"]), set(self.transactions["customer_id"]))

    def pull_pushed(self):
        offline = self.offline()
        customer = f"pulled-{self.run_id}"
        now = pd.Timestamp.now(tz="UTC").floor("us")
        for limit, at in [(2.0, now), (1.0, now - timedelta(hours=1))]:
            self.store.write_to_offline_store("customer_profile", self.profile(customer, limit, at))
        since = (now - timedelta(hours=2)).to_pydatetime()
        whole = self.pull(offline.pull_all_from_table_or_query, "customer_profile", ["credit_limit", "account_opened_at"], since)
        newest = self.pull(offline.pull_latest_from_table_or_query, "customer_profile", ["credit_limit"], since)
        equal(sorted(whole[whole.customer_id == customer]["credit_limit"]), [1.0, 2.0])
        equal(newest[newest.customer_id == customer]["credit_limit"].tolist(), [2.0])
        equal(newest[newest.customer_id == customer]["event_timestamp"].tolist(), [now])

    def source_columns(self):
        source = self.store.get_feature_view("customer_profile").batch_source
        columns = dict(self.offline().get_table_column_names_and_types_from_data_source(self.store.config, source))
        equal(columns["credit_limit"], "double")
        assert "event_timestamp" in columns

    # -- changes ----------------------------------------------------------------------------------------------------------------

    def read_only(self):
        run = self.checks.run
        error = feast_errors.ReadOnlyRegistryException
        entity = Entity(name="other", join_keys=["other"], value_type=feast.ValueType.STRING)
        run("apply is refused with a reason", lambda: raises(error, lambda: self.store.apply(entity), "definitions are code"))
        run("delete is refused", lambda: raises(error, lambda: self.store.delete_feature_view("customer")))

    # -- equal values in all reads ----------------------------------------------------------------------------------------------

    def same_numbers(self):
        run = self.checks.run
        run("historical: every transaction at its own time has the expected features", lambda: self.expect_history(True))
        run("historical: the same without naming the transactions", lambda: self.expect_history(False))
        run("historical: a range of time without an entity_df gives every transaction of it", self.expect_range)
        run("online: as of a transaction's own time the features are as expected", self.expect_online)

    def expected_columns(self):
        known = {"transaction_id", "occurred_at", "customer_id", "terminal_id", "amount"}
        return [name for name in self.transactions.columns if name not in known]

    def expect_history(self, with_id):
        transactions = self.transactions
        asked = transactions[["customer_id", "terminal_id", "amount"]].copy()
        asked["event_timestamp"] = pd.to_datetime(transactions["occurred_at"], utc=True, format="ISO8601")
        if with_id:
            asked["transaction_id"] = transactions["transaction_id"]
        service = self.store.get_feature_service(SERVICE)
        answer = self.store.get_historical_features(asked, service).to_df()
        self.compare(answer, transactions)
        print(f"      {len(answer)} rows, {len(self.expected_columns())} features each")

    def expect_range(self):
        times = pd.to_datetime(self.transactions["occurred_at"], utc=True, format="ISO8601")
        wanted = self.transactions[(times >= times.iloc[len(times) // 2]) & (times <= times.max())]
        service = self.store.get_feature_service(SERVICE)
        span = {"start_date": times.iloc[len(times) // 2].to_pydatetime(), "end_date": times.max().to_pydatetime()}
        answer = self.store.get_historical_features(entity_df=None, features=service, **span).to_df()
        equal(list(answer.columns[:4]), ["transaction_id", "customer_id", "terminal_id", "event_timestamp"])
        equal(set(answer["transaction_id"]), set(wanted["transaction_id"]))
        assert answer["event_timestamp"].is_monotonic_increasing
        self.compare(answer.set_index("transaction_id").loc[wanted["transaction_id"]], wanted)

    def expect_online(self):
        recent = self.transactions.tail(100)
        rows = recent[["customer_id", "terminal_id", "amount", "transaction_id", "occurred_at"]].to_dict("records")
        service = self.store.get_feature_service(SERVICE)
        answer = self.store.get_online_features(service, rows).to_df()
        self.compare(answer, recent.reset_index(drop=True))

    def compare(self, answer, expected):
        equal(len(answer), len(expected))
        wrong = []
        for name in self.expected_columns():
            for row, (actual, wanted) in enumerate(zip(answer[name].tolist(), expected[name].tolist())):
                if not same_number(actual, wanted):
                    wrong.append(f"{expected['transaction_id'].iloc[row]} {name}: {actual} instead of {wanted}")
        assert not wrong, f"{len(wrong)} values differ: {'; '.join(wrong[:5])}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--registry", default="127.0.0.1:6570", help="host:port")
    parser.add_argument("--online", default="http://127.0.0.1:6566", help="base URL")
    parser.add_argument("--flight", default="127.0.0.1:8815", help="host:port")
    parser.add_argument("--transactions", type=Path, help="CSV of transactions that were sent, with the features expected of each")
    args = parser.parse_args()
    host, _, port = args.flight.rpartition(":")
    text = {"customer_id": str, "terminal_id": str, "transaction_id": str}
    transactions = None if args.transactions is None else pd.read_csv(args.transactions, dtype=text)
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        config = CONFIG.format(project=PROJECT, registry=args.registry, online=args.online, flight_host=host, flight_port=port)
        (Path(folder) / "feature_store.yaml").write_text(config)
        print(f"Feast {feast.__version__}")
        Suite(FeatureStore(repo_path=folder), checks, transactions).run()
    print(f"{checks.passed} passed, {checks.failed} failed")
    raise SystemExit(min(checks.failed, 100))


if __name__ == "__main__":
    main()
