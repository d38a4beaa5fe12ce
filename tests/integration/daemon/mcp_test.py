#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: an assistant finds, reads and compares files by vexctl mcp serve, those in its folders and
no others, whatever it asks; and nothing that it may ask for changes anything.

Method: lines of JSON-RPC to the program as a client writes them, beside a real daemon; every way
out of a folder that there is, and what is no message at all.
"""
import json
import os
import subprocess
import unittest

from session import SERVICE, SessionTest, program

TOOLS = {"search_files", "find_similar", "read_passage", "list_versions", "list_changes", "explain"}
WALRUS = "the walrus sleeps on the ice of the bay\n"


class Assistant:
    """What a client of the protocol does."""

    def __init__(self, env, *words):
        self.process = subprocess.Popen([program("vexctl"), "mcp", "serve", *words], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.number = 0

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, method, **parameters):
        self.number += 1
        self.tell(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method,
                              "params": parameters}))
        answer = self.hear()
        assert (answer["jsonrpc"], answer["id"]) == ("2.0", self.number), answer
        return answer

    def call(self, tool, **arguments):
        """What a tool answers."""
        result = self.ask("tools/call", name=tool, arguments=arguments)["result"]
        assert "isError" not in result, result
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"], result
        return result["structuredContent"]

    def refused(self, tool, **arguments):
        """The name of the error that it is instead."""
        result = self.ask("tools/call", name=tool, arguments=arguments)["result"]
        assert result["isError"] and "structuredContent" not in result, result
        return result["content"][0]["text"].partition(":")[0].removeprefix(f"{SERVICE}.Error.")

    def end(self):
        """Its exit status when nothing more comes."""
        self.process.stdin.close()
        return self.process.wait(timeout=600)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Mcp(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        self.mine, self.theirs = f"{self.mount}/mine", f"{self.mount}/theirs"
        for folder in (self.mine, self.theirs):
            os.mkdir(folder)
            self.write(f"{folder}/walrus.txt", WALRUS)
            self.write(f"{folder}/notes.txt", "a walrus was seen near the ice of the bay\n")
        self.write(f"{self.session.folder}/outside.txt", "not on the volume\n")
        self.session.wait_indexed(4)

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)

    def assistant(self, *words):
        assistant = Assistant(self.session.env, *words)
        self.addCleanup(assistant.close)
        return assistant

    def test_protocol(self):
        """greetings, a list of tools, and an error for each sort of nonsense"""
        assistant = self.assistant()
        hello = assistant.ask("initialize", protocolVersion="2025-03-26", capabilities={},
                              clientInfo={"name": "test", "version": "1"})["result"]
        self.assertEqual(hello["protocolVersion"], "2025-03-26")
        self.assertEqual((hello["serverInfo"]["name"], set(hello["capabilities"])),
                         ("vexfs", {"tools"}))
        assistant.tell('{"jsonrpc":"2.0","method":"notifications/initialized"}')
        self.assertEqual(assistant.ask("ping")["result"], {})
        newest = assistant.ask("initialize", protocolVersion="1999-01-01")["result"]
        self.assertEqual(newest["protocolVersion"], "2025-06-18")
        tools = {tool["name"]: tool for tool in assistant.ask("tools/list")["result"]["tools"]}
        self.assertEqual(set(tools), TOOLS)
        for tool in tools.values():
            self.assertTrue(tool["annotations"]["readOnlyHint"])
            self.assertFalse(tool["annotations"]["openWorldHint"])
            self.assertLessEqual(set(tool["inputSchema"]["required"]),
                                 set(tool["inputSchema"]["properties"]))
        for line, code in (("nonsense", -32700), ("[]", -32700), ('{"id":7}', -32600),
                           ('{"jsonrpc":"2.0","id":7,"method":"tools/delete"}', -32601),
                           ('{"jsonrpc":"2.0","id":7,"method":"tools/call"}', -32602)):
            assistant.tell(line)
            self.assertEqual(assistant.hear()["error"]["code"], code, line)
        for name, arguments in (("remove_files", {}), ("search_files", {}),
                                ("search_files", {"query": 1}),
                                ("search_files", {"query": "x", "snapshots": "none"}),
                                ("search_files", {"query": "x", "limit": 1.5}),
                                ("search_files", {"query": "x", "types": [1]}),
                                ("search_files", {"query": "x", "other": "y"})):
            answer = assistant.ask("tools/call", name=name, arguments=arguments)
            self.assertEqual(answer["error"]["code"], -32602, arguments)
        assistant.tell("x" * (2 << 20))
        self.assertEqual(assistant.hear()["error"]["code"], -32700)
        self.assertEqual(assistant.ask("ping")["result"], {})
        self.assertEqual(assistant.end(), 0)

    def found(self, assistant, **arguments):
        return sorted(hit["path"] for hit in assistant.call("search_files", **arguments)["hits"])

    def test_all_that_is_indexed(self):
        """without folders: search, what is alike, why, and text in parts"""
        assistant = self.assistant()
        hits = assistant.call("search_files", query="walrus sleeps", limit=2)["hits"]
        self.assertEqual(len(hits), 2)
        self.assertIn("walrus", hits[0]["untrusted_text"])
        self.assertEqual(self.found(assistant, query="walrus", folder=self.theirs),
                         [f"{self.theirs}/notes.txt", f"{self.theirs}/walrus.txt"])
        alike = assistant.call("find_similar", file=f"{self.mine}/walrus.txt")["hits"]
        self.assertIn(f"{self.theirs}/walrus.txt", [hit["path"] for hit in alike])
        why = assistant.call("explain", file=f"file://{self.mine}/walrus.txt", query="walrus")
        self.assertEqual((why["state"], why["verdict"]), ("indexed", "found"))
        text = "ä€𝄞" * 40000
        self.write(f"{self.mine}/long.txt", text)
        read, offset = "", 0
        while offset is not None:
            part = assistant.call("read_passage", file=f"{self.mine}/long.txt", offset=offset,
                                  max_bytes=40001)
            read, offset = read + part["untrusted_text"], part.get("next_offset")
        self.assertEqual(read, text)
        with open(f"{self.mine}/x.bin", "wb") as stream:
            stream.write(b"\xff\xfe\x00\x01" * 100)
        self.assertEqual(assistant.refused("read_passage", file=f"{self.mine}/x.bin"),
                         "NotSupported")
        self.assertEqual(assistant.refused("read_passage", file=f"{self.mine}/none"), "NotFound")
        self.assertTrue(assistant.refused("read_passage", file=self.mine).endswith("InvalidArgs"))
        self.assertTrue(assistant.refused("read_passage", file="x").endswith("InvalidArgs"))
        for path in (f"{self.session.folder}/outside.txt", "/etc/passwd",
                     f"{self.mount}/.vexfs/index", f"{self.mount}/.vexfs"):
            self.assertEqual(assistant.refused("read_passage", file=path), "NotAuthorized", path)

    def test_no_way_out_of_a_folder(self):
        """by names, links, snapshots and conditions"""
        os.symlink(self.theirs, f"{self.mine}/link")
        os.symlink("../theirs/walrus.txt", f"{self.mine}/link.txt")
        self.session.ask("snapshot", "create", "then")
        self.write(f"{self.mine}/walrus.txt", "another\n")
        kept = f"{self.mount}/.vexfs/snapshots/then"
        assistant = self.assistant("--root", self.mine)
        mine = [f"{self.mine}/notes.txt", f"{self.mine}/walrus.txt"]
        for query in ("walrus", "ice bay"):
            self.assertLessEqual(set(self.found(assistant, query=query)), set(mine))
        self.assertLessEqual(set(self.found(assistant, query=f"walrus in:{self.theirs}")),
                             set(mine))
        self.assertTrue(assistant.refused("search_files",
                                          query=f"similar:{self.theirs}/walrus.txt")
                        .endswith("InvalidArgs"))
        for path in self.found(assistant, query="walrus", snapshots="all", limit=50):
            self.assertTrue(path.startswith((f"{self.mine}/", f"{kept}/mine/")), path)
        for path in (f"{self.theirs}/walrus.txt", f"{self.mine}/../theirs/walrus.txt",
                     f"{self.mine}/link/walrus.txt", f"{self.mine}/link.txt",
                     f"{kept}/theirs/walrus.txt", f"{kept}/mine/../theirs/walrus.txt",
                     f"{kept}/mine/link/walrus.txt", f"{kept}/mine/link.txt", kept,
                     f"{self.mine}2/x", f"{self.mount}/.vexfs/snapshots", "/"):
            for tool in ("read_passage", "list_versions", "explain", "find_similar"):
                self.assertEqual(assistant.refused(tool, file=path), "NotAuthorized",
                                 f"{tool} {path}")
            self.assertEqual(assistant.refused("list_changes", folder=path, **{"from": "then"}),
                             "NotAuthorized", path)
            self.assertEqual(assistant.refused("search_files", query="x", folder=path),
                             "NotAuthorized", path)
        old = assistant.call("read_passage", file=f"{kept}/mine/walrus.txt")
        self.assertEqual(old["untrusted_text"], WALRUS)
        self.assertEqual(assistant.refused("read_passage", file=f"{kept}/mine/none"), "NotFound")
        self.assertEqual(
            assistant.refused("read_passage", file=f"{self.mount}/.vexfs/snapshots/no/mine/x"),
            "NotFound")

    def test_the_past(self):
        """versions and changes, of what is in the folder"""
        self.session.ask("snapshot", "create", "then")
        for folder in (self.mine, self.theirs):
            self.write(f"{folder}/walrus.txt", "another text\n")
        os.rename(f"{self.theirs}/notes.txt", f"{self.mine}/moved.txt")
        assistant = self.assistant("--root", self.mine)
        versions = assistant.call("list_versions", file=f"{self.mine}/walrus.txt")["versions"]
        self.assertEqual([each["live"] for each in versions], [True, False])
        old = assistant.call("read_passage", file=versions[1]["uri"])
        self.assertEqual(old["untrusted_text"], WALRUS)
        # Where it was before is not in the folder.
        moved = assistant.call("list_versions", file=f"{self.mine}/moved.txt")["versions"]
        self.assertEqual([each["path"] for each in moved], [f"{self.mine}/moved.txt"])
        told = assistant.call("list_changes", folder=self.mine, **{"from": "then"})
        self.assertTrue(told["complete"])
        self.assertEqual({each["path"] for each in told["changes"]},
                         {f"{self.mine}/walrus.txt", f"{self.mine}/moved.txt"})
        self.assertEqual(assistant.refused("list_changes", folder=self.mine, **{"from": "no"}),
                         "NotFound")

    def test_wrong_folders(self):
        """are told when it starts"""
        self.expect(3, "mcp", "serve", "--root", f"{self.mount}/nowhere", error="NotFound")
        self.expect(3, "mcp", "serve", "--root", f"{self.mine}/walrus.txt", error="NotFound")
        self.expect(2, "mcp")
        self.session.kill_daemon()
        self.session.bus.terminate()
        self.session.bus.wait()
        self.expect(5, "mcp", "serve", error="ServiceUnavailable")


if __name__ == "__main__":
    unittest.main(verbosity=2)
