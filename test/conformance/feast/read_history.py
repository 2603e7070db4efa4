"""Asks the unmodified Feast Python SDK for historical features of many rows in one call; see README.md.

Writes the values as little-endian doubles, row by row in the order asked, so that they can be compared bit for bit.
"""

import argparse
import tempfile
import time
from pathlib import Path

import pandas as pd

from check_sdk import CONFIG, PROJECT, SERVICE
from feast import FeatureStore


def read_asked(path, rows):
    text = {"customer_id": str, "terminal_id": str, "transaction_id": str}
    asked = pd.read_csv(path, dtype=text, float_precision="round_trip")
    asked["event_timestamp"] = pd.to_datetime(asked.pop("occurred_at"), utc=True, format="ISO8601")
    asked["row"] = range(len(asked))
    return asked.drop(columns="transaction_id") if rows == "in_hand" else asked


def retrieve(store, service, asked, rows):
    """The rows of the response in the order of the requested rows."""
    if rows != "range":
        answer = store.get_historical_features(asked, service).to_df()
        assert answer["row"].tolist() == asked["row"].tolist(), "the rows came back in another order"
        return answer
    span = {"start_date": asked["event_timestamp"].min().to_pydatetime(), "end_date": asked["event_timestamp"].max().to_pydatetime()}
    answer = store.get_historical_features(entity_df=None, features=service, **span).to_df()
    assert len(answer) == len(asked), f"{len(answer)} rows instead of {len(asked)}"
    return answer.set_index("transaction_id").loc[asked["transaction_id"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--registry", required=True, help="host:port")
    parser.add_argument("--online", required=True, help="base URL")
    parser.add_argument("--flight", required=True, help="host:port")
    parser.add_argument("--rows", choices=["named", "in_hand", "range"], required=True, help="with their ids, with their amounts only, or as a range of time")
    parser.add_argument("--asked", type=Path, required=True, help="CSV: transaction_id, occurred_at, customer_id, terminal_id, amount")
    parser.add_argument("--features", required=True, help="names of the columns to write, with commas")
    parser.add_argument("--answer", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    host, _, port = args.flight.rpartition(":")
    asked = read_asked(args.asked, args.rows)
    with tempfile.TemporaryDirectory() as folder:
        config = CONFIG.format(project=PROJECT, registry=args.registry, online=args.online, flight_host=host, flight_port=port)
        (Path(folder) / "feature_store.yaml").write_text(config)
        store = FeatureStore(repo_path=folder)
        service = store.get_feature_service(SERVICE)
        started = time.perf_counter()
        answer = retrieve(store, service, asked, args.rows)
        seconds = time.perf_counter() - started
    answer[args.features.split(",")].to_numpy(dtype="<f8").tofile(args.answer)
    print(f"{len(answer)} rows {args.rows}: {seconds:.1f} s, {len(answer) / seconds:,.0f} rows/s")


if __name__ == "__main__":
    main()
