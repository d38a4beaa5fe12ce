#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what a running daemon says of itself is what common/dbus/*.xml says, no more and no less.

Method: the interfaces of each kind of object, read by introspection, compared with the XML as sets
of members with all their types; and every property is really there.
"""
import glob
import os
import unittest
import xml.etree.ElementTree as ElementTree

from session import ROOT, ROOT_PATH, SERVICE, SessionTest

INTERFACES = {
    "source": ["Source", "Index", "Map", "Statistics"],
    "root": ["Manager", "Search", "Documents"],
    "volume": ["Volume", "Snapshots", "Index", "Map", "Statistics"],
    "job": ["Job"],
}


def members(interface):
    """Everything that a client can rely on, as a set of strings."""
    found = set()
    for element in interface:
        name = f"{element.tag} {element.get('name')}"
        if element.tag == "property":
            notes = sorted((a.get("name"), a.get("value")) for a in element.iter("annotation"))
            found.add(f"{name} {element.get('type')} {element.get('access')} {notes}")
            continue
        arguments = [(a.get("name"), a.get("type"), a.get("direction"))
                     for a in element.iter("arg")]
        found.add(f"{name} {arguments}")
    return found


def interfaces_of(root):
    return {each.get("name"): members(each) for each in root.iter("interface")}


class Introspection(SessionTest):
    def introspected(self, path):
        reply = self.session.busctl("call", SERVICE, path, "org.freedesktop.DBus.Introspectable",
                                    "Introspect")
        return ElementTree.fromstring(reply["data"][0])

    def test_equals_the_xml(self):
        """each object has exactly the interfaces, members and types of the XML"""
        written = {}
        for file in glob.glob(os.path.join(ROOT, "common/dbus/org.vexfs.VexFS1.*.xml")):
            written.update(interfaces_of(ElementTree.parse(file)))
        self.assertEqual(len(written), 10)
        self.session.make_volume()
        volume = "volumes/" + self.session.ask("volume", "list")["volumes"][0]["uuid"].replace(
            "-", "_")
        folder = os.path.join(self.session.folder, "plain")
        os.mkdir(folder)
        source = self.session.ask("source", "add", folder)["object"]
        objects = {"root": ROOT_PATH, "volume": f"{ROOT_PATH}/{volume}", "source": source,
                   "job": f"{ROOT_PATH}/jobs/1"}
        served = set()
        for kind, path in objects.items():
            found = {name: value for name, value in interfaces_of(self.introspected(path)).items()
                     if name.startswith(SERVICE)}
            self.assertEqual(set(found), {f"{SERVICE}.{name}" for name in INTERFACES[kind]})
            for name, value in found.items():
                self.assertEqual(value, written[name], name)
                properties = {text.split()[1] for text in value if text.startswith("property ")}
                got = self.session.busctl("call", SERVICE, path, "org.freedesktop.DBus.Properties",
                                          "GetAll", "s", name)
                self.assertEqual(set(got["data"][0]), properties, name)
            served |= set(found)
        self.assertEqual(served, set(written))

    def test_objects_come_and_go(self):
        """ObjectManager lists volumes and jobs, and Dismiss takes a job away"""
        self.session.make_volume()
        call = ["call", SERVICE, ROOT_PATH, "org.freedesktop.DBus.ObjectManager",
                "GetManagedObjects"]
        objects = self.session.busctl(*call)["data"][0]
        self.assertEqual(len(objects), 2, list(objects))
        job = f"{ROOT_PATH}/jobs/1"
        self.assertEqual(objects[job][f"{SERVICE}.Job"]["State"]["data"], "succeeded")
        self.session.busctl("call", SERVICE, job, f"{SERVICE}.Job", "Dismiss", "a{sv}", "0")
        self.assertNotIn(job, self.session.busctl(*call)["data"][0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
