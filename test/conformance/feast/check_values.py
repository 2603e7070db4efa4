"""Values of data frames in other types than FraudFlow's: exact, or refused immediately with the column; see README.md."""

import datetime as dt
import time
from decimal import Decimal

import pandas as pd
import pyarrow as pa

AMOUNTS = [12.5, 0.07, 1999.99]
AT_ONCE_SECONDS = 2.5


class ValueChecks:
    """Run by check_sdk.py with its store, checks and run id."""

    def __init__(self, store, checks, run_id):
        self.store = store
        self.checks = checks
        self.run_id = run_id

    def run(self):
        run = self.checks.run
        for bits in (32, 64, 128, 256):
            for scale in (2, 4):
                run(f"historical: amounts as decimal{bits} of scale {scale} give the same values as doubles", lambda b=bits, s=scale: self.decimals(b, s))
        run("historical: amounts as Decimal objects give the same values as doubles", self.decimal_objects)
        run("write_to_offline_store: a date in a column of times is its midnight", self.date)
        for name, value in [
            ("credit_limit", float("inf")),
            ("risk_segment", "go\0ld"),
            ("customer_id", ""),
            ("customer_id", "a\0b"),
            ("customer_id", "x" * 5_000),
            ("account_opened_at", dt.date(9999, 1, 1)),
            ("event_timestamp", pd.Timestamp.now(tz="UTC") + pd.Timedelta(days=3)),
        ]:
            run(f"write_to_offline_store: {name}={str(value)[:12]!r} is refused immediately", lambda n=name, v=value: self.refused(n, v))
        run("write_to_offline_store: the next row is accepted", lambda: self.write(f"after-{self.run_id}"))

    def history_of(self, amounts):
        now = pd.Timestamp("2026-01-01T00:00:00Z")
        rows = len(AMOUNTS)
        ids = {"customer_id": [f"values-{self.run_id}"] * rows, "terminal_id": ["m1"] * rows, "event_timestamp": [now] * rows}
        refs = ["transaction:tx_amount", "customer:customer_id_avg_amount_1day_window"]
        answer = self.store.get_historical_features(pd.DataFrame({**ids, "amount": amounts}), refs).to_df()
        return [answer[name].tolist() for name in ("tx_amount", "customer_id_avg_amount_1day_window")]

    def same_as_doubles(self, amounts):
        found, expected = self.history_of(amounts), self.history_of(AMOUNTS)
        assert found == expected and expected[0] == AMOUNTS, f"{found} instead of {expected}"

    def decimals(self, bits, scale):
        made = getattr(pa, f"decimal{bits}")(9, scale)
        column = pa.array([Decimal(str(amount)) for amount in AMOUNTS], made)
        self.same_as_doubles(pd.Series(column, dtype=pd.ArrowDtype(made)))

    def decimal_objects(self):
        self.same_as_doubles([Decimal("12.50"), Decimal("0.07"), Decimal("1999.99")])

    def row(self, customer, **over):
        row = {
            "customer_id": [customer],
            "credit_limit": [100.0],
            "risk_segment": ["gold"],
            "is_business": [True],
            "account_opened_at": [pd.Timestamp("2020-02-29", tz="UTC")],
            "event_timestamp": [pd.Timestamp.now(tz="UTC").floor("us")],
        }
        return pd.DataFrame({**row, **over})

    def write(self, customer, **over):
        self.store.write_to_offline_store("customer_profile", self.row(customer, **over))

    def date(self):
        customer = f"date-{self.run_id}"
        self.write(customer, account_opened_at=[dt.date(2020, 2, 29)])
        asked = pd.DataFrame({"customer_id": [customer], "event_timestamp": [pd.Timestamp.now(tz="UTC") + pd.Timedelta(seconds=2)]})
        answer = self.store.get_historical_features(asked, ["customer_profile:account_opened_at"]).to_df()
        found = pd.Timestamp(answer["account_opened_at"].iloc[0]).tz_convert("UTC")
        assert found == pd.Timestamp("2020-02-29", tz="UTC"), found

    def refused(self, name, value):
        started = time.perf_counter()
        try:
            self.write(f"refused-{self.run_id}", **{name: [value]})
        except Exception as error:
            assert name in str(error) and "row 0" in str(error), error
            assert "does not answer" not in str(error), error
            seconds = time.perf_counter() - started
            assert seconds < AT_ONCE_SECONDS, f"{seconds:.1f} s: the SDK tried again"
            return
        raise AssertionError("nothing was raised")
