"""The peer of `fraudflow bench serving`: Feast's own Python feature server on the same Redis, with one view of 15 float features.

usage: feast_peer.py FOLDER REDIS_HOST_PORT CUSTOMERS_JSON
Makes a feature repository in FOLDER, writes one row for each customer id of CUSTOMERS_JSON (a list) into Redis, and prints the
features' references as a JSON list. The server is then started with `feast -c FOLDER serve`.
"""

import json
import pathlib
import sys
from datetime import datetime, timedelta, timezone

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, PushSource, ValueType
from feast.types import Float32

FEATURES = [f"feature_{i}" for i in range(15)]
VIEW = "customer_numbers"
ROWS_AT_ONCE = 1000


def main(folder: str, redis: str, customers_file: str) -> None:
    root = pathlib.Path(folder)
    (root / "feature_store.yaml").write_text(
        "project: peer\n"
        "registry: registry.db\n"
        "provider: local\n"
        "entity_key_serialization_version: 3\n"
        f'online_store: {{type: redis, connection_string: "{redis}"}}\n'
        "offline_store: {type: file}\n"
    )
    customers = json.loads(pathlib.Path(customers_file).read_text())
    now = datetime.now(timezone.utc)
    source_file = root / "empty.parquet"
    frame_of([customers[0]], now).to_parquet(source_file)

    store = FeatureStore(repo_path=folder)
    customer = Entity(name="customer_id", join_keys=["customer_id"], value_type=ValueType.STRING)
    batch = FileSource(path=str(source_file), timestamp_field="event_timestamp")
    view = FeatureView(
        name=VIEW,
        entities=[customer],
        ttl=timedelta(days=30),
        schema=[Field(name=name, dtype=Float32) for name in FEATURES],
        source=PushSource(name="customer_push", batch_source=batch),
    )
    store.apply([customer, view])
    for start in range(0, len(customers), ROWS_AT_ONCE):
        store.write_to_online_store(VIEW, frame_of(customers[start : start + ROWS_AT_ONCE], now))
    print(json.dumps([f"{VIEW}:{name}" for name in FEATURES]))


def frame_of(customers: list, now: datetime) -> pd.DataFrame:
    columns = {name: [float(i + row) for row in range(len(customers))] for i, name in enumerate(FEATURES)}
    return pd.DataFrame({"customer_id": customers, "event_timestamp": [now] * len(customers), **columns})


if __name__ == "__main__":
    main(*sys.argv[1:4])
