"""Exercises a registry with the unmodified MLflow client. Usage: check_client.py <tracking-uri>; exit code = failures."""

import logging
import math
import os
import sys
import tempfile
import traceback
import uuid
import warnings

os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
warnings.filterwarnings("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)

import mlflow
import mlflow.onnx
import numpy as np
import requests
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

UNIQUE = uuid.uuid4().hex[:8]
EXPERIMENT = f"conformance {UNIQUE}"
MODEL = f"fraud-{UNIQUE}"
CHECKS = []
STATE = {}


def check(function):
    CHECKS.append(function)
    return function


def raises(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == code, f"expected {code}, got {error.error_code}: {error}"
        return error
    raise AssertionError(f"expected {code}, but the call succeeded")


def onnx_model():
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(7)
    features = rng.normal(size=(200, 4)).astype(np.float32)
    labels = (features[:, 0] + features[:, 1] > 0).astype(int)
    model = LogisticRegression().fit(features, labels)
    onnx = to_onnx(model, features[:1], options={"zipmap": False}, target_opset=17)
    return onnx, features[:5], model.predict_proba(features[:5])


@check
def default_experiment_exists():
    experiment = CLIENT.get_experiment("0")
    assert experiment.name == "Default" and experiment.lifecycle_stage == "active"


@check
def set_experiment_creates_and_finds():
    created = mlflow.set_experiment(EXPERIMENT)
    again = mlflow.set_experiment(EXPERIMENT)
    assert created.experiment_id == again.experiment_id
    assert created.artifact_location == f"mlflow-artifacts:/{created.experiment_id}"
    STATE["experiment_id"] = created.experiment_id
    raises("RESOURCE_ALREADY_EXISTS", CLIENT.create_experiment, EXPERIMENT)


@check
def run_logs_params_metrics_tags():
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_param("depth", 6)
        mlflow.log_params({"eta": 0.1, "rounds": 200})
        mlflow.log_metric("loss", 0.9, step=0)
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metrics({"auc": 0.87, "nan": math.nan, "inf": math.inf}, step=1)
        mlflow.set_tag("team", "fraud")
        mlflow.set_tags({"a b": "c", "unicode": "Bärlauch 🌿"})
    STATE["run_id"] = run.info.run_id
    stored = mlflow.get_run(run.info.run_id)
    assert stored.info.run_name == "first" and stored.info.status == "FINISHED"
    assert stored.data.params == {"depth": "6", "eta": "0.1", "rounds": "200"}
    assert stored.data.metrics["loss"] == 0.5 and stored.data.metrics["auc"] == 0.87
    assert math.isnan(stored.data.metrics["nan"]) and stored.data.metrics["inf"] > 1e308
    assert stored.data.tags["unicode"] == "Bärlauch 🌿" and stored.data.tags["a b"] == "c"


@check
def changed_param_is_refused_and_same_param_is_not():
    with mlflow.start_run(run_id=STATE["run_id"]):
        mlflow.log_param("depth", 6)
        raises("INVALID_PARAMETER_VALUE", mlflow.log_param, "depth", 7)


@check
def log_batch_is_all_or_nothing():
    run_id = CLIENT.create_run(STATE["experiment_id"]).info.run_id
    CLIENT.log_param(run_id, "a", "1")
    raises(
        "INVALID_PARAMETER_VALUE",
        CLIENT._tracking_client.store.log_batch,
        run_id,
        [Metric("m", 1.0, 1, 0)],
        [Param("a", "2"), Param("b", "1")],
        [RunTag("t", "1")],
    )
    data = CLIENT.get_run(run_id).data
    assert data.params == {"a": "1"} and data.metrics == {} and "t" not in data.tags


@check
def metric_history_pages_and_orders():
    run_id = CLIENT.create_run(STATE["experiment_id"]).info.run_id
    CLIENT.log_batch(run_id, metrics=[Metric("m", float(i), 1_000 + i, i) for i in range(1_000)])
    CLIENT.log_metric(run_id, "m", 5.0, timestamp=1_005, step=5)
    history = CLIENT.get_metric_history(run_id, "m")
    assert [point.step for point in history] == list(range(1_000))
    assert CLIENT.get_run(run_id).data.metrics["m"] == 999.0
    assert CLIENT.get_metric_history(run_id, "unknown") == []


@check
def artifacts_round_trip():
    with mlflow.start_run(run_id=STATE["run_id"]), tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "größe 100%.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("hallo")
        with open(os.path.join(folder, "empty.bin"), "wb"):
            pass
        big = os.urandom(3_000_000)
        with open(os.path.join(folder, "big.bin"), "wb") as file:
            file.write(big)
        mlflow.log_artifact(path)
        mlflow.log_artifacts(folder, "sub dir")
        mlflow.log_text("<b>", "page.html")
        mlflow.log_dict({"a": 1}, "config.json")
    names = sorted(entry.path for entry in CLIENT.list_artifacts(STATE["run_id"]))
    assert names == ["config.json", "größe 100%.txt", "page.html", "sub dir"], names
    nested = {entry.path: entry.file_size for entry in CLIENT.list_artifacts(STATE["run_id"], "sub dir")}
    assert nested == {"sub dir/big.bin": 3_000_000, "sub dir/empty.bin": 0, "sub dir/größe 100%.txt": 5}, nested
    with tempfile.TemporaryDirectory() as target:
        local = mlflow.artifacts.download_artifacts(run_id=STATE["run_id"], artifact_path="sub dir", dst_path=target)
        with open(os.path.join(local, "big.bin"), "rb") as file:
            assert file.read() == big
        assert os.path.getsize(os.path.join(local, "empty.bin")) == 0
    assert mlflow.artifacts.load_dict(f"runs:/{STATE['run_id']}/config.json") == {"a": 1}


@check
def dataset_inputs_are_kept_and_searchable():
    import pandas as pd

    data = mlflow.data.from_pandas(pd.DataFrame({"x": [1.0, 2.0]}), name=f"cards-{UNIQUE}")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
    stored = mlflow.get_run(run.info.run_id)
    assert stored.inputs.dataset_inputs[0].dataset.name == f"cards-{UNIQUE}"
    found = CLIENT.search_runs([STATE["experiment_id"]], f"dataset.name = 'cards-{UNIQUE}' AND dataset.context = 'training'")
    assert [r.info.run_id for r in found] == [run.info.run_id]


@check
def onnx_model_is_logged_and_registered():
    model, sample, expected = onnx_model()
    with mlflow.start_run(run_name="onnx") as run:
        mlflow.log_metric("auc", 0.91)
        mlflow.log_param("kind", "logistic")
        info = mlflow.onnx.log_model(model, name="model", registered_model_name=MODEL, input_example=sample)
    STATE.update(model_run=run.info.run_id, model_id=info.model_id, sample=sample, expected=expected)
    version = CLIENT.get_model_version(MODEL, "1")
    assert version.current_stage == "None" and version.status == "READY" and version.run_id == run.info.run_id
    assert version.source == f"models:/{info.model_id}"
    uri = CLIENT.get_model_version_download_uri(MODEL, "1")
    assert uri == f"mlflow-artifacts:/{STATE['experiment_id']}/models/{info.model_id}/artifacts", uri
    logged = mlflow.get_logged_model(info.model_id)
    assert str(logged.status) == "READY" and logged.source_run_id == run.info.run_id
    assert {metric.key: metric.value for metric in logged.metrics} == {"auc": 0.91}
    assert logged.params["kind"] == "logistic"
    outputs = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert [output.model_id for output in outputs] == [info.model_id]


def predictions(uri):
    loaded = mlflow.pyfunc.load_model(uri)
    return np.asarray(loaded.predict(STATE["sample"])["probabilities"])


@check
def model_loads_by_version_run_and_id():
    for uri in (f"models:/{MODEL}/1", f"models:/{STATE['model_id']}", f"runs:/{STATE['model_run']}/model"):
        assert np.allclose(predictions(uri), STATE["expected"], atol=1e-5), uri
    assert len(mlflow.onnx.load_model(f"models:/{MODEL}/1").graph.node) > 0


@check
def register_model_adds_versions():
    second = mlflow.register_model(f"runs:/{STATE['model_run']}/model", MODEL)
    assert second.version in ("2", 2)
    third = CLIENT.create_model_version(MODEL, f"models:/{STATE['model_id']}", description="third", tags={"gate": "passed"})
    assert str(third.version) == "3" and third.tags == {"gate": "passed"}
    copied = CLIENT.copy_model_version(f"models:/{MODEL}/1", f"{MODEL}-copy")
    assert str(copied.version) == "1"
    assert np.allclose(predictions(f"models:/{MODEL}-copy/1"), STATE["expected"], atol=1e-5)


@check
def stages_move_and_archive():
    CLIENT.transition_model_version_stage(MODEL, "1", "production")
    moved = CLIENT.transition_model_version_stage(MODEL, "2", "Production", archive_existing_versions=True)
    assert moved.current_stage == "Production"
    assert CLIENT.get_model_version(MODEL, "1").current_stage == "Archived"
    latest = {v.current_stage: str(v.version) for v in CLIENT.get_latest_versions(MODEL)}
    assert latest == {"Archived": "1", "Production": "2", "None": "3"}, latest
    assert [str(v.version) for v in CLIENT.get_latest_versions(MODEL, ["production"])] == ["2"]
    assert np.allclose(predictions(f"models:/{MODEL}/Production"), STATE["expected"], atol=1e-5)
    assert np.allclose(predictions(f"models:/{MODEL}/latest"), STATE["expected"], atol=1e-5)
    raises("INVALID_PARAMETER_VALUE", CLIENT.transition_model_version_stage, MODEL, "1", "nowhere")


@check
def aliases_point_and_move():
    CLIENT.set_registered_model_alias(MODEL, "champion", "1")
    assert str(CLIENT.get_model_version_by_alias(MODEL, "champion").version) == "1"
    CLIENT.set_registered_model_alias(MODEL, "champion", "2")
    assert CLIENT.get_registered_model(MODEL).aliases == {"champion": "2"}
    assert CLIENT.get_model_version(MODEL, "2").aliases == ["champion"]
    assert np.allclose(predictions(f"models:/{MODEL}@champion"), STATE["expected"], atol=1e-5)
    CLIENT.delete_registered_model_alias(MODEL, "champion")
    CLIENT.delete_registered_model_alias(MODEL, "champion")
    raises("INVALID_PARAMETER_VALUE", CLIENT.get_model_version_by_alias, MODEL, "champion")
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.set_registered_model_alias, MODEL, "champion", "99")
    raises("INVALID_PARAMETER_VALUE", CLIENT.set_registered_model_alias, MODEL, "latest", "1")


@check
def runs_are_searched():
    client, experiments = CLIENT, [STATE["experiment_id"]]
    runs = [client.create_run(experiments[0], run_name=f"s{i}", tags={"search": UNIQUE}).info.run_id for i in range(5)]
    for index, (run_id, value) in enumerate(zip(runs, [3.0, math.nan, 1.0, 2.0, None])):
        client.log_param(run_id, "index", str(index))
        if value is not None:
            client.log_metric(run_id, "score x", value)

    def find(filter_string, order_by=None):
        found = client.search_runs(experiments, f"tags.search = '{UNIQUE}' AND {filter_string}", order_by=order_by)
        return [runs.index(run.info.run_id) for run in found]

    assert find("params.index != '9'", ["metrics.`score x` ASC"]) == [2, 3, 0, 1, 4]
    assert find("params.index != '9'", ["metrics.`score x` DESC"]) == [0, 3, 2, 1, 4]
    assert sorted(find("metrics.`score x` > 1.5")) == [0, 3]
    assert find("attributes.run_name LIKE 's%' AND params.index ILIKE '2'") == [2]
    assert find(f"run_id IN ('{runs[0]}')") == [0]
    assert find("status = 'RUNNING' AND params.index = '4'") == [4]
    pages, token = [], None
    while True:
        page = client.search_runs(experiments, f"tags.search = '{UNIQUE}'", max_results=2, page_token=token)
        pages += [run.info.run_id for run in page]
        token = page.token
        if not token:
            break
    assert sorted(pages) == sorted(runs)
    frame = mlflow.search_runs(experiment_names=[EXPERIMENT], filter_string=f"tags.search = '{UNIQUE}'")
    assert len(frame) == 5
    for bad in ("tags.a = 'x' OR tags.b = 'y'", "metrics.m > '1'", "bogus = 'x'", "params.a = x", "tags.a ="):
        raises("INVALID_PARAMETER_VALUE", client.search_runs, experiments, bad)


@check
def experiments_are_searched():
    found = CLIENT.search_experiments(filter_string=f"name = '{EXPERIMENT}'")
    assert [e.experiment_id for e in found] == [STATE["experiment_id"]]
    other = CLIENT.create_experiment(f"other {UNIQUE}", tags={"owner": UNIQUE})
    assert [e.experiment_id for e in CLIENT.search_experiments(filter_string=f"tags.owner = '{UNIQUE}'")] == [other]
    CLIENT.delete_experiment(other)
    assert CLIENT.search_experiments(filter_string=f"tags.owner = '{UNIQUE}'") == []
    deleted = CLIENT.search_experiments(view_type=ViewType.DELETED_ONLY, filter_string=f"tags.owner = '{UNIQUE}'")
    assert [e.experiment_id for e in deleted] == [other]
    raises("INVALID_PARAMETER_VALUE", CLIENT.create_run, other)
    CLIENT.restore_experiment(other)
    CLIENT.rename_experiment(other, f"renamed {UNIQUE}")
    assert CLIENT.get_experiment(other).name == f"renamed {UNIQUE}"


@check
def registry_is_searched():
    CLIENT.set_registered_model_tag(MODEL, "owner", UNIQUE)
    by_name = CLIENT.search_registered_models(filter_string=f"name LIKE 'fraud-{UNIQUE}%'", order_by=["name DESC"])
    assert [model.name for model in by_name] == [f"{MODEL}-copy", MODEL]
    assert [model.name for model in CLIENT.search_registered_models(f"tags.owner = '{UNIQUE}'")] == [MODEL]
    versions = CLIENT.search_model_versions(f"name = '{MODEL}'", order_by=["version_number ASC"])
    assert [str(v.version) for v in versions] == ["1", "2", "3"]
    assert len(CLIENT.search_model_versions(f"run_id = '{STATE['model_run']}' AND name = '{MODEL}'")) == 3
    assert [str(v.version) for v in CLIENT.search_model_versions(f"name = '{MODEL}' AND tags.gate = 'passed'")] == ["3"]
    raises("INVALID_PARAMETER_VALUE", CLIENT.search_registered_models, "bogus = 'x'")


@check
def logged_models_are_searched():
    found = mlflow.search_logged_models(
        experiment_ids=[STATE["experiment_id"]],
        filter_string="name = 'model' AND metrics.auc > 0.9 AND params.kind = 'logistic'",
        order_by=[{"field_name": "metrics.auc", "ascending": False}],
        output_format="list",
    )
    assert [model.model_id for model in found] == [STATE["model_id"]]
    mlflow.set_logged_model_tags(STATE["model_id"], {"reviewed": "yes"})
    assert mlflow.get_logged_model(STATE["model_id"]).tags["reviewed"] == "yes"
    CLIENT.delete_logged_model_tag(STATE["model_id"], "reviewed")
    assert "reviewed" not in mlflow.get_logged_model(STATE["model_id"]).tags


@check
def registry_things_are_changed_and_removed():
    name = f"temporary-{UNIQUE}"
    CLIENT.create_registered_model(name, tags={"a": "b"}, description="first")
    raises("RESOURCE_ALREADY_EXISTS", CLIENT.create_registered_model, name)
    assert CLIENT.update_registered_model(name, "second").description == "second"
    CLIENT.create_model_version(name, "s3://bucket/model")
    assert CLIENT.update_model_version(name, "1", "words").description == "words"
    CLIENT.set_model_version_tag(name, "1", "k", "v")
    CLIENT.delete_model_version_tag(name, "1", "k")
    CLIENT.set_registered_model_alias(name, "blue", "1")
    CLIENT.rename_registered_model(name, f"{name}-2")
    renamed = CLIENT.get_registered_model(f"{name}-2")
    assert renamed.name == f"{name}-2" and renamed.aliases == {"blue": "1"}
    CLIENT.delete_model_version(f"{name}-2", "1")
    assert CLIENT.get_registered_model(f"{name}-2").aliases == {}
    assert str(CLIENT.create_model_version(f"{name}-2", "s3://bucket/model").version) == "2"
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.get_model_version, f"{name}-2", "1")
    raises("INVALID_PARAMETER_VALUE", CLIENT.create_model_version, f"{name}-2", "/etc/passwd")
    CLIENT.delete_registered_model_tag(f"{name}-2", "a")
    CLIENT.delete_registered_model(f"{name}-2")
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.get_registered_model, f"{name}-2")


@check
def runs_are_renamed_deleted_restored():
    run = CLIENT.create_run(STATE["experiment_id"])
    assert run.info.run_name.count("-") == 2 and run.data.tags["mlflow.runName"] == run.info.run_name
    CLIENT.update_run(run.info.run_id, status="FAILED", name="renamed")
    stored = CLIENT.get_run(run.info.run_id)
    assert (stored.info.status, stored.info.run_name, stored.data.tags["mlflow.runName"]) == ("FAILED", "renamed", "renamed")
    CLIENT.set_tag(run.info.run_id, "gone", "1")
    CLIENT.delete_tag(run.info.run_id, "gone")
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.delete_tag, run.info.run_id, "gone")
    CLIENT.delete_run(run.info.run_id)
    raises("INVALID_PARAMETER_VALUE", CLIENT.log_metric, run.info.run_id, "m", 1.0)
    CLIENT.restore_run(run.info.run_id)
    CLIENT.log_metric(run.info.run_id, "m", 1.0)


@check
def unknown_things_say_so():
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.get_run, "0" * 32)
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.get_experiment, "999999999")
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.get_registered_model, "no such model")
    raises("RESOURCE_DOES_NOT_EXIST", CLIENT.get_model_version, MODEL, "99")
    raises("RESOURCE_DOES_NOT_EXIST", mlflow.get_logged_model, "m-" + "0" * 32)
    assert CLIENT.get_experiment_by_name("no such experiment") is None


@check
def sklearn_autolog_goes_through():
    from sklearn.linear_model import LogisticRegression

    mlflow.sklearn.autolog(silent=True)
    with mlflow.start_run() as run:
        LogisticRegression(C=0.5).fit(np.arange(20).reshape(10, 2), [0, 1] * 5)
    mlflow.sklearn.autolog(disable=True)
    stored = mlflow.get_run(run.info.run_id)
    assert stored.data.params["C"] == "0.5" and "training_accuracy_score" in stored.data.metrics


@check
def percent_signs_in_model_names_are_part_of_the_name():
    CLIENT.create_registered_model(f"copies-{UNIQUE}")
    for name in (f"recall 100% {UNIQUE}", f"a%20b-{UNIQUE}", f"%zz-{UNIQUE}", f"m%6fdel-{UNIQUE}"):
        CLIENT.create_registered_model(name)
        CLIENT.create_model_version(name, f"s3://bucket/{UNIQUE}")
        copy = CLIENT.copy_model_version(f"models:/{name}/1", f"copies-{UNIQUE}")
        assert copy.source == f"models:/{name}/1", copy.source
        assert CLIENT.get_model_version_download_uri(copy.name, copy.version) == f"s3://bucket/{UNIQUE}"
        CLIENT.delete_registered_model(name)


@check
def runs_are_deleted_and_restored_with_their_experiment():
    experiment = CLIENT.create_experiment(f"to go {UNIQUE}")
    kept, gone = (CLIENT.create_run(experiment).info.run_id for _ in range(2))
    CLIENT.delete_run(gone)
    CLIENT.delete_experiment(experiment)
    assert CLIENT.get_run(kept).info.lifecycle_stage == "deleted"
    assert CLIENT.search_runs([experiment], run_view_type=ViewType.ACTIVE_ONLY) == []
    raises("INVALID_PARAMETER_VALUE", CLIENT.log_metric, kept, "loss", 1.0)
    raises("INVALID_PARAMETER_VALUE", CLIENT.restore_run, kept)
    CLIENT.restore_experiment(experiment)
    stages = [CLIENT.get_run(run).info.lifecycle_stage for run in (kept, gone)]
    assert stages == ["active", "deleted"], stages
    CLIENT.log_metric(kept, "loss", 1.0)


@check
def the_files_of_a_registered_version_cannot_be_changed():
    with mlflow.start_run() as run:
        mlflow.log_text("judged", "model/weights.txt")
    name = f"frozen-{UNIQUE}"
    CLIENT.create_registered_model(name)
    version = CLIENT.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id)
    try:
        CLIENT.log_text(run.info.run_id, "other", "model/weights.txt")
        raise AssertionError("the file was replaced")
    except requests.HTTPError as error:
        assert error.response.status_code == 403 and "PERMISSION_DENIED" in str(error), error
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/model/weights.txt") == "judged"
    CLIENT.log_text(run.info.run_id, "judged", "model/weights.txt")
    CLIENT.log_text(run.info.run_id, "more", "report.txt")
    CLIENT.delete_model_version(name, version.version)
    CLIENT.log_text(run.info.run_id, "other", "model/weights.txt")


@check
def pages_of_a_search_are_complete_while_runs_come():
    experiment = CLIENT.create_experiment(f"pages {UNIQUE}")
    before = [CLIENT.create_run(experiment).info.run_id for _ in range(12)]
    seen, token = [], None
    while True:
        page = CLIENT.search_runs([experiment], max_results=5, page_token=token)
        seen += [run.info.run_id for run in page]
        CLIENT.create_run(experiment)
        token = page.token
        if not token:
            break
    assert sorted(seen) == sorted(before), (len(seen), len(set(seen)))


def main():
    failures = 0
    for function in CHECKS:
        try:
            function()
            print(f"ok    {function.__name__}", flush=True)
        except Exception as error:
            failures += 1
            print(f"FAIL  {function.__name__}: {type(error).__name__}: {error}", flush=True)
            traceback.print_exc()
    print(f"{len(CHECKS) - failures} of {len(CHECKS)} checks passed with mlflow {mlflow.__version__}")
    return failures


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: check_client.py <tracking-uri>")
    mlflow.set_tracking_uri(sys.argv[1])
    CLIENT = MlflowClient(sys.argv[1])
    sys.exit(main())
