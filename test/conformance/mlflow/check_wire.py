"""Sends requests to a registry that the client never sends. Usage: check_wire.py <tracking-uri>; exit code = failures."""

import concurrent.futures
import http.client
import json
import sys
import traceback
import urllib.parse
import uuid

UNIQUE = uuid.uuid4().hex[:8]
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def send(method, path, body=None, headers=None, chunked=False):
    connection = http.client.HTTPConnection(HOST, timeout=30)
    connection.request(method, path, body=body, headers=headers or {}, encode_chunked=chunked)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response, data


def call(method, path, message=None, api="/api/2.0/mlflow/"):
    if method == "GET":
        query = urllib.parse.urlencode(message or {}, doseq=True)
        response, data = send("GET", f"{api}{path}?{query}")
    else:
        response, data = send(method, api + path, json.dumps(message or {}), {"Content-Type": "application/json"})
    return response.status, json.loads(data)


def expect_error(status, code, answer):
    assert answer[0] == status and answer[1]["error_code"] == code, answer
    assert isinstance(answer[1]["message"], str)


def new_run():
    return call("POST", "runs/create", {"experiment_id": "0"})[1]["run"]["info"]["run_id"]


FILES = "/api/2.0/mlflow-artifacts/artifacts"


@check
def system_endpoints():
    response, data = send("GET", "/health")
    assert (response.status, data) == (200, b"OK")
    response, data = send("GET", "/version")
    assert response.status == 200 and data.decode().count(".") == 2
    status, info = call("GET", "server-info", api="/api/3.0/mlflow/")
    assert status == 200 and info["store_type"] == "SqlStore" and info["multipart_uploads_enabled"] is False
    assert send("GET", "/ready")[0].status == 200
    assert b"process_cpu" in send("GET", "/metrics")[1]


@check
def every_failure_is_an_envelope():
    for method, path in (("GET", "/nope"), ("POST", "/api/2.0/mlflow/nope"), ("PUT", "/"), ("DELETE", "/api/2.0/mlflow/runs/create")):
        response, data = send(method, path)
        assert json.loads(data)["error_code"] == "ENDPOINT_NOT_FOUND" and response.status == 404, (method, path, data)
    response, data = send("GET", "/%zz")
    assert response.status == 400 and "error_code" in json.loads(data)
    json_type = {"Content-Type": "application/json"}
    for body, headers in ((b"{", json_type), (b"[]", json_type), (b'"x"', json_type), (b"{}", {}), (b"a=1", {"Content-Type": "text/plain"})):
        response, data = send("POST", "/api/2.0/mlflow/experiments/create", body, headers)
        assert response.status == 400 and json.loads(data)["error_code"] == "INVALID_PARAMETER_VALUE", data


@check
def parameters_are_named_when_missing_or_wrong():
    status, body = call("POST", "experiments/create", {})
    assert status == 400 and "Missing value for required parameter 'name'" in body["message"]
    status, body = call("POST", "experiments/create", {"name": {"a": [1, "b"]}})
    assert 'Invalid value {"a": [1, "b"]} for parameter \'name\' supplied' in body["message"], body
    status, body = call("POST", "runs/log-batch", {"run_id": "x", "metrics": [{"key": "m", "value": 1.0}]})
    assert "'metrics[0].timestamp'" in body["message"], body
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/log-metric", {"run_id": new_run(), "key": "../a", "value": 1, "timestamp": 1}))
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/log-parameter", {"run_id": new_run(), "key": "a", "value": "x\0y"}))
    expect_error(400, "INVALID_PARAMETER_VALUE", call("GET", "experiments/get", {"experiment_id": "abc"}))
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/search", {"experiment_ids": ["0"], "page_token": "garbage"}))
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/search", {"experiment_ids": ["0"], "max_results": 50001}))
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/search", {"experiment_ids": ["0"], "order_by": ["metrics.a", "metrics.a"]}))


@check
def odd_but_legal_requests_pass():
    assert call("POST", "experiments/create", {"name": f"odd {UNIQUE}", "unknown": 1, "tags": None})[0] == 200
    run_id = new_run()
    assert call("POST", "runs/log-metric", {"run_uuid": run_id, "key": "m", "value": "3.5", "timestamp": "7", "step": "2"}) == (200, {})
    status, body = call("GET", "metrics/get-history", {"run_id": run_id, "metric_key": "m"})
    assert body["metrics"][0]["value"] == 3.5 and body["metrics"][0]["step"] == 2
    info = call("GET", "runs/get", {"run_uuid": run_id})[1]["run"]["info"]
    assert info["run_id"] == info["run_uuid"] == run_id and info["experiment_id"] == "0"
    assert call("GET", "model-versions/search", {"order_by": "name"})[0] == 200
    assert call("POST", "runs/search", {"experiment_ids": []})[1].get("runs", []) == []


@check
def nan_and_infinity_are_strings():
    run_id = new_run()
    for value in ("NaN", "Infinity", "-Infinity"):
        assert call("POST", "runs/log-metric", {"run_id": run_id, "key": value.strip("-"), "value": value, "timestamp": 1})[0] == 200
    metrics = {m["key"]: m["value"] for m in call("GET", "runs/get", {"run_id": run_id})[1]["run"]["data"]["metrics"]}
    assert metrics["NaN"] == "NaN" and abs(metrics["Infinity"]) > 1e308, metrics


@check
def latest_metric_is_the_greatest_tuple():
    run_id = new_run()
    for step, timestamp, value in ((1, 5, 1.0), (0, 9, 2.0), (1, 5, 3.0), (1, 4, 9.0), (1, 5, "NaN")):
        call("POST", "runs/log-metric", {"run_id": run_id, "key": "m", "value": value, "timestamp": timestamp, "step": step})
    assert call("GET", "runs/get", {"run_id": run_id})[1]["run"]["data"]["metrics"][0]["value"] == 3.0


@check
def batches_have_limits():
    run_id = new_run()
    metric = {"key": "m", "value": 1, "timestamp": 1}
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/log-batch", {"run_id": run_id, "metrics": [metric] * 1001}))
    param = {"key": "p", "value": "1"}
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/log-batch", {"run_id": run_id, "params": [param, param]}))
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/log-batch", {"run_id": run_id, "tags": [{"key": "t", "value": "x" * 1_000_001}]}))
    assert call("GET", "runs/get", {"run_id": run_id})[1]["run"]["data"]["metrics"] == []
    assert call("POST", "runs/log-parameter", {"run_id": run_id, "key": "long", "value": "x" * 7_000})[0] == 200
    params = call("GET", "runs/get", {"run_id": run_id})[1]["run"]["data"]["params"]
    assert len(params[0]["value"]) == 6_000


@check
def versions_are_race_free_and_never_reused():
    name = f"race-{UNIQUE}"
    assert call("POST", "registered-models/create", {"name": name})[0] == 200
    expect_error(400, "RESOURCE_ALREADY_EXISTS", call("POST", "registered-models/create", {"name": name}))
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: call("POST", "model-versions/create", {"name": name, "source": "s3://b/m"}), range(24)))
    numbers = sorted(int(body["model_version"]["version"]) for _, body in answers)
    assert numbers == list(range(1, 25)), numbers
    assert call("DELETE", "model-versions/delete", {"name": name, "version": "24"}) == (200, {})
    assert call("POST", "model-versions/create", {"name": name, "source": "s3://b/m"})[1]["model_version"]["version"] == "25"


@check
def aliases_and_stages_follow_the_contract():
    name = f"alias-{UNIQUE}"
    call("POST", "registered-models/create", {"name": name})
    call("POST", "model-versions/create", {"name": name, "source": "s3://b/m"})
    expect_error(400, "INVALID_PARAMETER_VALUE", call("GET", "registered-models/alias", {"name": name, "alias": "none"}))
    expect_error(404, "RESOURCE_DOES_NOT_EXIST", call("GET", "registered-models/alias", {"name": "none", "alias": "none"}))
    for reserved in ("latest", "LATEST", "v1", "a b", ""):
        assert call("POST", "registered-models/alias", {"name": name, "alias": reserved, "version": "1"})[0] == 400
    assert call("POST", "registered-models/alias", {"name": name, "alias": "champion", "version": "1"}) == (200, {})
    assert call("DELETE", "model-versions/delete", {"name": name, "version": "1"}) == (200, {})
    expect_error(400, "INVALID_PARAMETER_VALUE", call("GET", "registered-models/alias", {"name": name, "alias": "champion"}))
    expect_error(404, "RESOURCE_DOES_NOT_EXIST", call("GET", "model-versions/get", {"name": name, "version": "1"}))
    call("POST", "model-versions/create", {"name": name, "source": "s3://b/m"})
    move = {"name": name, "version": "2", "stage": "pRODUCTION", "archive_existing_versions": True}
    assert call("POST", "model-versions/transition-stage", move)[1]["model_version"]["current_stage"] == "Production"
    expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "model-versions/transition-stage", {**move, "stage": "None"}))
    assert call("GET", "registered-models/get-latest-versions", {"name": name, "stages": "production"})[1]["model_versions"][0]["version"] == "2"


@check
def prompt_tag_matches_models_without_it():
    for name, prompt in ((f"plain-{UNIQUE}", None), (f"prompt-{UNIQUE}", "true")):
        tags = [] if prompt is None else [{"key": "mlflow.prompt.is_prompt", "value": prompt}]
        call("POST", "registered-models/create", {"name": name, "tags": tags})

    def find(clause):
        body = call("GET", "registered-models/search", {"filter": f"name LIKE 'p%-{UNIQUE}' AND {clause}"})[1]
        return [model["name"] for model in body["registered_models"]]

    assert find("tags.`mlflow.prompt.is_prompt` != 'true'") == [f"plain-{UNIQUE}"]
    assert find("tags.`mlflow.prompt.is_prompt` = 'true'") == [f"prompt-{UNIQUE}"]
    assert find("tags.other != 'x'") == []
    expect_error(400, "INVALID_PARAMETER_VALUE", call("GET", "registered-models/search", {"filter": "tags.a IS NULL"}))


@check
def sources_cannot_climb_or_read_local_files():
    name = f"source-{UNIQUE}"
    call("POST", "registered-models/create", {"name": name})
    bad = ["/etc/passwd", "file:///etc/passwd", "./here", "s3://b/../m", "s3://b/%2e%2e/m", "s3://b/%252e%252e/m", "http://h/%00"]
    for source in bad:
        expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "model-versions/create", {"name": name, "source": source}))
    expect_error(404, "RESOURCE_DOES_NOT_EXIST", call("POST", "model-versions/create", {"name": name, "source": "models:/m-" + "0" * 32}))


@check
def artifacts_are_raw_bytes():
    folder = f"{FILES}/wire-{UNIQUE}"
    body = bytes(range(256)) * 8192
    assert send("PUT", f"{folder}/a%20b.json", body, {"Content-Type": "application/json"})[0].status == 200
    response, data = send("GET", f"{folder}/a%20b.json")
    assert data == body and response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Type"] == "text/plain" and "attachment" in response.headers["Content-Disposition"]
    assert send("PUT", f"{folder}/a%20b.json", b"second")[0].status == 200
    assert send("GET", f"{folder}/a%20b.json")[1] == b"second"
    assert send("PUT", f"{folder}/empty", iter(()), {"Transfer-Encoding": "chunked"}, chunked=True)[0].status == 200
    response, data = send("GET", f"{folder}/empty")
    assert (response.status, data) == (200, b"")
    listing = json.loads(send("GET", f"{FILES}?path=wire-{UNIQUE}")[1])["files"]
    assert listing == [{"path": "a b.json", "is_dir": False, "file_size": 6}, {"path": "empty", "is_dir": False, "file_size": 0}], listing
    for path in (f"wire-{UNIQUE}/empty", "no/such/folder"):
        response, data = send("GET", f"{FILES}?path={path}")
        assert response.status == 200 and json.loads(data)["files"] == []
    response, data = send("GET", f"{folder}/missing")
    assert response.status == 404 and json.loads(data)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    response, data = send("GET", folder)
    assert response.status == 400 and "error_code" in json.loads(data)
    assert send("DELETE", folder)[0].status == 200 and send("DELETE", folder)[0].status == 200
    assert send("GET", f"{folder}/empty")[0].status == 404


@check
def artifact_paths_cannot_escape():
    tricks = ["../x", "a/../../x", "%2e%2e/x", "%252e%252e/x", "%25252e%25252e%25252fx", "a%5c..%5cx", "%2fetc/passwd", "a%00b", "a%23b", "a//b"]
    for trick in tricks:
        for method in ("GET", "PUT", "DELETE"):
            response, data = send(method, f"{FILES}/{trick}", b"x" if method == "PUT" else None)
            assert response.status == 400, (method, trick, response.status, data)
            assert json.loads(data)["error_code"] == "INVALID_PARAMETER_VALUE"
        response, data = send("GET", f"{FILES}?path={trick}")
        assert response.status == 400, ("list", trick, data)


@check
def multipart_is_declined_so_that_clients_fall_back():
    for path in ("mpu/create/x", "mpu/complete/x", "mpu/abort/x"):
        status, body = call("POST", path, {"path": "a", "num_parts": 2}, api="/api/2.0/mlflow-artifacts/")
        assert status == 501 and body["error_code"] == "NOT_IMPLEMENTED"
        assert body["message"].startswith("Multipart upload is not supported for the current artifact repository")
    assert call("GET", "presigned/x", api="/api/2.0/mlflow-artifacts/")[0] == 501


@check
def hostile_requests_are_the_callers_fault():
    json_type = {"Content-Type": "application/json"}

    def search(message):
        return call("POST", "runs/search", {"experiment_ids": ["0"], **message})

    expect_error(400, "INVALID_PARAMETER_VALUE", search({"filter": "1" * 1_000_000 + "a"}))
    expect_error(400, "INVALID_PARAMETER_VALUE", search({"order_by": ["1" * 60_000 + "a"]}))
    expect_error(400, "INVALID_PARAMETER_VALUE", search({"filter": " AND ".join(["metrics.a > 1"] * 10_000)}))
    expect_error(400, "INVALID_PARAMETER_VALUE", search({"filter": "run_id IN (" + ",".join(["'a'"] * 70_000) + ")"}))
    for body in ('{"a":' + "[" * 100_000, '{"a":' + "[" * 50_000 + "]" * 50_000 + "}", '{"a":' * 100_000):
        response, data = send("POST", "/api/2.0/mlflow/experiments/create", body, json_type)
        assert response.status == 400 and json.loads(data)["error_code"] == "INVALID_PARAMETER_VALUE", data[:200]
    assert send("PUT", f"{FILES}/{'x/' * 1_950}y", b"x")[0].status == 400
    run_id = new_run()
    for message in ({"models": [{"model_id": "m" * 3_000}]}, {"datasets": [{"dataset": {"name": "n" * 3_000, "digest": "d", "source_type": "s", "source": "{}"}}]}):
        expect_error(400, "INVALID_PARAMETER_VALUE", call("POST", "runs/log-inputs", {"run_id": run_id, **message}))
    call("POST", "runs/set-tag", {"run_id": run_id, "key": "mlflow.log-model.history", "value": "no JSON"})
    model = json.dumps({"artifact_path": "m", "flavors": {}, "utc_time_created": "", "run_id": run_id})
    assert call("POST", "runs/log-model", {"run_id": run_id, "model_json": model}) == (200, {})


@check
def messages_are_spelled_as_clients_expect():
    def message_of(answer):
        assert answer[0] == 400, answer
        return answer[1]["message"]

    response, data = send("POST", "/api/2.0/mlflow/experiments/create", '{"name": "x", "artifact_location": 9.0}', {"Content-Type": "application/json"})
    assert "Invalid value 9.0 for parameter 'artifact_location' supplied" in json.loads(data)["message"], data
    name = f"messages-{UNIQUE}"
    call("POST", "registered-models/create", {"name": name})
    assert "Parameter 'version' must be an integer, got 'x'" in message_of(call("GET", "model-versions/get", {"name": name, "version": "x"}))
    climbing = {"name": name, "source": "mlflow-artifacts://host:9000/models/../../../"}
    assert "If supplying a source as an http, https," in message_of(call("POST", "model-versions/create", climbing))
    model_id = call("POST", "logged-models", {"experiment_id": "0", "name": "model"})[1]["model"]["info"]["model_id"]
    call("POST", "model-versions/create", {"name": name, "source": f"models:/{model_id}"})
    tags = call("GET", f"logged-models/{model_id}")[1]["model"]["info"]["tags"]
    assert {"key": "mlflow.modelVersions", "value": json.dumps([{"name": name, "version": 1}])} in tags, tags


@check
def the_browser_interface_finds_its_routes():
    ajax = "/ajax-api/2.0/mlflow/"
    run_id = new_run()
    for step in range(10):
        call("POST", "runs/log-metric", {"run_id": run_id, "key": "m", "value": step, "timestamp": 1, "step": step})
    history = call("GET", "metrics/get-history-bulk", {"run_id": [run_id], "metric_key": "m"}, ajax)[1]["metrics"]
    assert [(metric["run_id"], metric["step"]) for metric in history] == [(run_id, step) for step in range(10)]
    sample = call("GET", "metrics/get-history-bulk-interval", {"run_ids": [run_id], "metric_key": "m", "max_results": 5}, ajax)[1]["metrics"]
    assert [metric["step"] for metric in sample] == [0, 2, 4, 6, 9], sample
    dataset = {"name": f"set-{UNIQUE}", "digest": "d", "source_type": "s", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    call("POST", "runs/log-inputs", {"run_id": run_id, "datasets": [{"dataset": dataset, "tags": tags}]})
    found = call("POST", "experiments/search-datasets", {"experiment_ids": ["0"]}, ajax)[1]["dataset_summaries"]
    assert {"experiment_id": "0", "name": f"set-{UNIQUE}", "digest": "d", "context": "training"} in found
    assert send("POST", f"{ajax}upload-artifact?run_uuid={run_id}&path=dir/a.txt", b"hello")[0].status == 200
    assert send("GET", f"/get-artifact?run_id={run_id}&path=dir/a.txt")[1] == b"hello"
    listing = call("GET", "artifacts/list", {"run_id": run_id, "path": "dir"})[1]
    assert listing["files"] == [{"path": "dir/a.txt", "is_dir": False, "file_size": 5}], listing
    for path in (f"/api/2.0/mlflow/artifacts/list?run_id={run_id}&path=../path", f"/get-artifact?run_id={run_id}&path=../path", "//model-versions/get-artifact?name=m&version=1&path=../path"):
        response, data = send("GET", path)
        assert response.status == 400 and json.loads(data) == {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid path"}, data
    model_id = call("POST", "logged-models", {"experiment_id": "0", "name": "files"})[1]["model"]["info"]["model_id"]
    assert send("PUT", f"{FILES}/0/models/{model_id}/artifacts/MLmodel", b"flavors")[0].status == 200
    files = call("GET", f"logged-models/{model_id}/artifacts/directories", {}, ajax)[1]["files"]
    assert [file["path"] for file in files] == ["MLmodel"], files
    assert send("GET", f"{ajax}logged-models/{model_id}/artifacts/files?artifact_file_path=MLmodel")[1] == b"flavors"


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
    print(f"{len(CHECKS) - failures} of {len(CHECKS)} checks passed")
    return failures


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: check_wire.py <tracking-uri>")
    HOST = urllib.parse.urlsplit(sys.argv[1]).netloc
    sys.exit(main())
