"""itential-mcp and ipsdk, driven by lines in an environment of their own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.running_server import RunningServer, clean_environment

Json = dict[str, Any]
WANTED = ("itential-mcp==0.14.1", "ipsdk==0.9.0")
INSTALL_TIMEOUT_S = 600
# Runs inside that environment: a tool of the MCP server, or a call of the SDK, for each line.
DRIVER = """
import asyncio, json, sys
import ipsdk
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

program, host, port, environment = sys.argv[1], "127.0.0.1", int(sys.argv[2]), json.loads(sys.argv[3])
user, password = environment["ITENTIAL_MCP_PLATFORM_USER"], environment["ITENTIAL_MCP_PLATFORM_PASSWORD"]

async def main():
    sdks = {
        "cookie": ipsdk.platform_factory(host=host, port=port, use_tls=False, user=user, password=password),
        "oauth": ipsdk.platform_factory(
            host=host, port=port, use_tls=False, client_id="robot", client_secret=password, user=None, password=None
        ),
    }
    async with Client(StdioTransport(command=program, args=["run"], env=environment)) as client:
        for line in iter(sys.stdin.readline, ""):
            asked = json.loads(line)
            try:
                if "tool" in asked:
                    result = await client.call_tool(asked["tool"], asked["arguments"])
                    found = result.structured_content
                else:
                    found = getattr(sdks[asked["login"]], asked["method"])(asked["path"], **asked["with"]).json()
                told = {"found": found}
            except Exception as error:
                told = {"error": f"{type(error).__name__}: {error}"}
            print("told " + json.dumps(told), flush=True)

asyncio.run(main())
"""


class Refusal(Exception):
    """What the client made of an error."""


class Clients:
    """itential-mcp, as an assistant uses it, and ipsdk."""

    def __init__(self, python: Path, server: RunningServer, log: Path, user: str = "ada", password: str = "x") -> None:
        environment = clean_environment(
            ITENTIAL_MCP_PLATFORM_HOST="127.0.0.1",
            ITENTIAL_MCP_PLATFORM_PORT=str(server.port),
            ITENTIAL_MCP_PLATFORM_DISABLE_TLS="true",
            ITENTIAL_MCP_PLATFORM_USER=user,
            ITENTIAL_MCP_PLATFORM_PASSWORD=password,
        )
        program = str(python.parent / "itential-mcp")
        arguments = [str(python), "-c", DRIVER, program, str(server.port), json.dumps(environment)]
        self._log = log
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sink, text=True
            )

    def tool(self, name: str, /, **arguments: Any) -> Any:
        found = self._say({"tool": name, "arguments": arguments})
        return found["result"] if isinstance(found, dict) and set(found) == {"result"} else found

    def sdk(self, method: str, path: str, login: str = "cookie", **given: Any) -> Any:
        return self._say({"login": login, "method": method, "path": path, "with": given})

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _say(self, asked: Json) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("told "):
                told = json.loads(line.removeprefix("told "))
                if "error" in told:
                    raise Refusal(told["error"])
                return told["found"]
        raise AssertionError(f"the driver ended:\n{self._log.read_text()}")
