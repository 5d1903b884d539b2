"""Hooks of schemathesis: sessions, a world that stays in order, and made-up ids that are real now and then.

TWIN_DIR is where `hcxrun twin` wrote its systems, TWIN_SYSTEM the one of them that is asked.
"""

import os
import pathlib
import time
import zlib

import requests
import schemathesis
import yaml
from schemathesis.core.failures import ServerError
from schemathesis.openapi.checks import UndefinedStatusCode

HERE = pathlib.Path(__file__).parent
DIR = pathlib.Path(os.environ["TWIN_DIR"])
SYSTEMS = yaml.safe_load((DIR / "systems.yaml").read_text())
SYSTEM = os.environ["TWIN_SYSTEM"]
HEADER = "x-hm-authorization"
API = "/hybridity/api"
EXCEPTIONS = {
    (it["operation"], it["status"])
    for it in yaml.safe_load((HERE / "../../twin/contract/exceptions.yaml").read_text())
}

# Names of parameters and fields whose ids the lists give another name.
OTHER_NAMES = {
    "extensionId": "stretchId",
    "mobilityGroupId": "migrationGroupId",
    "alertId": "alarm_id",
    "source_endpoint_id": "endpointId",
    "dest_endpoint_id": "endpointId",
    "targetClusterId": "clusterId",
    "haGroupId": "groupId",
}


def user(name):
    """Name and password of a system's user."""
    system = SYSTEMS[name]
    return system["username"], (DIR / system["password"].removeprefix("file:")).read_text()


def sign_in(name):
    """The header that lets calls to a system pass: a token, or basic authentication at the appliance port."""
    if name.endswith("_admin"):
        return "authorization", requests.auth._basic_auth_str(*user(name))
    login = dict(zip(["username", "password"], user(name)))
    answer = requests.post(f"{SYSTEMS[name]['url']}{API}/sessions", json=login, timeout=10)
    answer.raise_for_status()
    return HEADER, answer.headers[HEADER]


def restore(snapshot):
    """Goes back to a snapshot, which ends all sessions."""
    url = f"{SYSTEMS['source']['url']}/twin/restore"
    requests.put(url, data=snapshot.encode(), timeout=10).raise_for_status()


class Known:
    """The values that answers show, by the name of their field."""

    def __init__(self):
        self.values = {}

    def learn(self, value, name=""):
        if isinstance(value, dict):
            for key, inner in value.items():
                self.learn(inner, key)
        elif isinstance(value, list):
            for inner in value:
                self.learn(inner, name)
        elif isinstance(value, str) and value not in self.values.setdefault(name, []):
            self.values[name].append(value)

    def instead(self, name, value):
        """What to send in place of a made-up text: in two of three cases a real one, the same for the same text."""
        real = self.values.get(OTHER_NAMES.get(name, name))
        if not real or not isinstance(value, str):
            return value
        chance = zlib.crc32(f"{name} {value}".encode("utf-8", "surrogatepass"))
        return value if chance % 3 == 0 else real[chance // 3 % len(real)]

    def fill(self, value, name=""):
        if isinstance(value, dict):
            return {key: self.fill(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner, name) for inner in value]
        return self.instead(name, value)


def prepare():
    """Starts what gives ids of every kind; what is there and going on, and its ids."""
    url, known, fresh = SYSTEMS["source"]["url"], Known(), DIR / "fresh.json"
    if fresh.exists():
        restore(fresh.read_text())
    else:
        fresh.write_text(requests.get(f"{url}/twin/snapshot", timeout=10).text)
    headers = dict([sign_in("source")])
    known.learn(dict(zip(["username", "password"], user(SYSTEM))))

    def call(method, path, body=None):
        answer = requests.request(method, url + path, json=body, headers=headers, timeout=10)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        known.learn(answer.json())
        return answer.json()

    for path in ["networks", "interconnect/computeProfiles", "interconnect/serviceMesh", "cloudConfigs"]:
        call("GET", f"{API}/{path}")
    for path in ["appliances", "appliances/ha/groups"]:
        call("GET", f"{API}/interconnect/{path}")
    call("GET", f"{API}/l2NetworkExtensions")
    call("GET", f"{API}/metainfo/context/interconnect")
    for path in ["networks", "cloud/list", "resourcecontainer/list", "vc/list"]:
        call("POST", f"{API}/service/inventory/{path}", {})
    machines = call("POST", f"{API}/service/inventory/virtualmachines", {})["data"]["items"]
    ends = [call("GET", f"{API}/metainfo/context/support")["data"]["localEndpoints"][0]["endpointId"]]
    ends.append(call("GET", f"{API}/cloudConfigs")["data"]["items"][0]["endpointId"])
    on_web = [it["id"] for it in machines if it["network"][0]["name"] == "web-30"]
    mapping = {"srcNetworkName": "web-30", "destNetworkName": "L2E_web-30"}
    moves = [
        {
            "migrationType": "RAV",
            "entity": {"entityId": it},
            "source": {"endpointId": ends[0]},
            "destination": {"endpointId": ends[1]},
            "networkParams": {"networkMappings": [mapping]},
        }
        for it in on_web
    ]
    call("POST", f"{API}/mobility/groups", {"items": [{"name": "draft", "migrations": moves[1:]}]})
    call("POST", f"{API}/mobility/migrations/start", {"items": moves[:1]})
    call("POST", f"{API}/migrations?action=query", {})
    scopes = [{"networkIpRanges": [{"startAddress": "10.1.9.10", "endAddress": "10.1.9.19"}]}]
    call("POST", "/admin/hybridity/api/networks", {"name": "more", "l3TenantManaged": False, "ipScopes": scopes})
    requests.post(f"{url}/twin/faults", data="createComputeProfile=fail-job", timeout=10).raise_for_status()
    networks = [{"id": known.values["objectId"][0]}]
    call("POST", f"{API}/interconnect/computeProfiles", {"name": "second", "networks": networks})
    for _ in range(100):
        if call("POST", f"{API}/alerts?action=query", {})["items"]:
            break
        time.sleep(0.1)
    for kind in ["jobId", "interconnectTaskId", "stretchId", "migrationId", "migrationGroupId", "alarm_id", "groupId"]:
        assert known.values.get(kind), f"there is no {kind} to try"
    snapshot = requests.get(f"{url}/twin/snapshot", timeout=10)
    return snapshot.text, known


SNAPSHOT, KNOWN = prepare()


class Session:
    """The header of the calls; whatever may have changed the world is taken back before the next one."""

    header = None

    def get(self, case, context):
        if Session.header is None:
            restore(SNAPSHOT)
            Session.header = sign_in(SYSTEM)
        return Session.header

    def set(self, case, data, context):
        name, value = data
        case.headers[name] = value


schemathesis.auth(refresh_interval=None)(Session)


def operation_of(case):
    return case.operation.definition.raw["operationId"]


@schemathesis.hook
def after_call(context, case, response):
    if case.method != "GET" and response.status_code < 300 or response.status_code == 401:
        Session.header = None


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return path_parameters and KNOWN.fill(path_parameters)


@schemathesis.hook
def map_query(context, query):
    return query and KNOWN.fill(query)


@schemathesis.hook
def map_body(context, body):
    return KNOWN.fill(body)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """An exception is one from the status alone: content type and body are held against the contract all the same."""
    is_status = response is not None and isinstance(failure, (ServerError, UndefinedStatusCode))
    return not is_status or (operation_of(case), response.status_code) not in EXCEPTIONS
