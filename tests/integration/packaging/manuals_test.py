#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: each program that is installed has a manual page, which tells what the program takes.

Method: cmake --install into a folder of its own. Options are read from the programs' own --help, of
each verb, and from the pages as they are installed; man(1) and lexgrog(1) tell what they do not
like of a page.
"""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
BUILD = os.environ["VEXFS_BUILD"]
CMAKE = os.environ["VEXFS_CMAKE"]

# Of these another one of them is called by its own name.
SECTIONS = {"bin": ("1", "8"), "sbin": ("8",), "libexec/vexfs": ("8",)}
OTHERS = {"vexfs.5", "vexctl-compat.7"}
WANTED = ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO")
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")
FONT = re.compile(r"\\f[A-Z]")
DEEPEST = 3  # vexctl snapshot create


def plain(line):
    """A line of roff as it is read: without macros and fonts."""
    line = re.sub(r"^\.[A-Z]{1,2} ", "", line)
    for written, meant in ((r"\-", "-"), (r"\&", ""), (r"\(dq", '"'), ('" "', " "), ('"', "")):
        line = line.replace(written, meant)
    return FONT.sub("", line)


def sections_of(page):
    """Lines below each .SH, and below each .SS of it as "SECTION/subsection"."""
    found, name, lines = {}, "", []
    for line in page.splitlines():
        if line.startswith((".SH ", ".SS ")):
            text = plain(line)
            name = text if line.startswith(".SH") else f"{name.split('/')[0]}/{text}"
            lines = found.setdefault(name, [])
        else:
            lines.append(line)
    return found


def tags_of(lines):
    """What stands left of each paragraph of a list, as one text."""
    return "\n".join(plain(lines[i + 1]) for i, line in enumerate(lines[:-1]) if line == ".TP")


def options_of_help(text):
    """Options at the beginnings of lines; what stands behind two blanks explains."""
    found = set()
    for line in text.splitlines():
        match = re.match(r"\s{1,4}(-\S.*?)(?:\s{2,}|$)", line)
        if match:
            found |= set(OPTION.findall(match.group(1)))
    return found


def verbs_of_help(text):
    below = text.partition("Subcommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  ([a-z][\w-]*)[ ,]", below, re.M)


def mount_options_of_help(text):
    """Names of the deeper list below "-o", each without a "no" before it and a value behind it."""
    found = set()
    for line in text.splitlines():
        match = re.match(r"\s{7}([a-z\[].*?)(?:\s{2,}|$)", line)
        for word in match.group(1).replace(",", " ").split() if match else ():
            found.add(option_name(word))
    return found


def option_name(word):
    word = word.split("=")[0].replace("[no]", "").replace("[a]", "")
    return {"async": "sync", "noatime": "noatime"}.get(word, re.sub("^no", "", word))


class Manuals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="vexfs-manuals-test.")
        cls.addClassCleanup(shutil.rmtree, cls.place)
        done = subprocess.run([CMAKE, "--install", BUILD], text=True, capture_output=True,
                              env=os.environ | {"DESTDIR": cls.place}, check=False, timeout=600)
        if done.returncode != 0:
            raise AssertionError(f"cmake --install: {done.stdout}{done.stderr}")
        pages = glob.glob(f"{cls.place}/**/man/man*/*", recursive=True)
        cls.man = os.path.dirname(os.path.dirname(pages[0]))
        cls.prefix = os.path.dirname(os.path.dirname(cls.man))
        cls.pages = {os.path.basename(path): path for path in pages}
        cls.programs = {}
        for folder, sections in SECTIONS.items():
            for name in os.listdir(f"{cls.prefix}/{folder}"):
                cls.programs[name] = (f"{cls.prefix}/{folder}/{name}", sections)

    def text_of(self, page):
        """The page, or that which it refers to."""
        with open(self.pages[page], encoding="utf-8") as stream:
            text = stream.read()
        match = re.fullmatch(r"\.so man\d/(\S+)\n", text)
        return self.text_of(match.group(1)) if match else text

    def page_of(self, program):
        found = [f"{program}.{number}" for number in self.programs[program][1]
                 if f"{program}.{number}" in self.pages]
        self.assertEqual(len(found), 1, f"pages of {program}: {found}")
        return found[0]

    def help_of(self, program, *verbs):
        done = subprocess.run(
            [self.programs[program][0], *verbs, "--help"], text=True, capture_output=True,
            check=False, timeout=120, stdin=subprocess.DEVNULL,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8",
                              "HOME": self.place, "XDG_RUNTIME_DIR": self.place})
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"{program} --help")
        return done.stdout

    def test_each_program_has_a_page(self):
        """with a name that whatis knows, and all that one looks for in one"""
        self.assertGreaterEqual(len(self.programs), 14, self.programs)
        for program in sorted(self.programs):
            with self.subTest(program):
                page = self.text_of(self.page_of(program))
                self.assertEqual([each for each in WANTED if each not in sections_of(page)], [])
                names = plain(sections_of(page)["NAME"][0]).split(" - ")[0].split(", ")
                self.assertIn(program, names)

    def test_pages_are_of_something(self):
        """a page of what is not installed promises too much"""
        for page in self.pages:
            name, _, number = page.rpartition(".")
            with self.subTest(page):
                self.assertTrue(name in self.programs or page in OTHERS, page)
                if name in self.programs:
                    self.assertIn(number, self.programs[name][1])

    def test_man_finds_nothing_wrong(self):
        for page, path in sorted(self.pages.items()):
            with self.subTest(page):
                env = os.environ | {"LC_ALL": "C.UTF-8", "MANROFFSEQ": ""}
                done = subprocess.run(
                    ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path], text=True,
                    capture_output=True, check=False, timeout=120, env=env, cwd=self.man)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertGreater(len(done.stdout), 1000)
                done = subprocess.run(["lexgrog", path], text=True, capture_output=True,
                                      cwd=self.man, check=False, timeout=120, env=env)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_references_lead_somewhere(self):
        """what a page says of our own pages is there"""
        ours = re.compile(r"\b((?:vex[\w-]*|[\w.]*\.vexfs)) ?\((\d)\)")
        seen = 0
        for page in self.pages:
            for name, number in ours.findall(plain(self.text_of(page).replace("\n.", "\n"))):
                seen += 1
                self.assertIn(f"{name}.{number}", self.pages, page)
        self.assertGreater(seen, 30)

    def test_options_are_those_of_help(self):
        """none is missing on either side; vexctl is looked at verb by verb"""
        told = {}  # page -> options in the helps of the programs that it is about
        for program in sorted(set(self.programs) - {"vexctl"}):
            if not os.path.exists(self.programs[program][0]):
                continue  # a link to where vexfs-fuse will be, which has that page
            text = self.help_of(program)
            options = options_of_help(text)
            self.assertIn("--help", options, f"{program}: {text}")
            told.setdefault(self.text_of(self.page_of(program)), {})[program] = options
        self.assertGreaterEqual(len(told), 9)
        for page, programs in told.items():
            with self.subTest(" ".join(programs)):
                written = set(OPTION.findall(tags_of(sections_of(page)["OPTIONS"])))
                self.assertEqual(written, set().union(*programs.values()))

    def test_options_of_verbs_are_those_of_help(self):
        sections = sections_of(self.text_of("vexctl.1"))
        self.assertEqual(set(OPTION.findall(tags_of(sections["OPTIONS"]))),
                         options_of_help(self.help_of("vexctl")))
        written = {}
        for name, lines in sections.items():
            if name.startswith("COMMANDS/vexctl "):
                words = [word for word in name.partition("/")[2].split() if re.match("[a-z]", word)]
                written[" ".join(words)] = set(OPTION.findall(tags_of(lines)))
        told = {}
        self.collect_verbs((), told)
        self.assertGreater(len(told), 40)
        self.assertEqual(sorted(written), sorted(told))
        for verb, options in told.items():
            self.assertEqual(written[verb], options, verb)

    def test_what_vexctl_understands_and_answers(self):
        """every condition of a query, and every schema of an answer, as they are in the sources"""
        sections = sections_of(self.text_of("vexctl.1"))
        with open(f"{ROOT}/daemon/query/query_language.cpp", encoding="utf-8") as stream:
            keys = re.findall(r'\{QStringLiteral\("(\w+)"\), +Key::(\w+)\}', stream.read())
        keys = {key for key, kind in keys if kind != "Past"}  # answered by an error yet
        self.assertGreaterEqual(len(keys), 9)
        self.assertEqual(set(re.findall(r"([a-z]+):", tags_of(sections["QUERIES"]))), keys)
        answered = set()
        for path in glob.glob(f"{ROOT}/cli/vexfs/**/*.cpp", recursive=True):
            with open(path, encoding="utf-8") as stream:
                answered |= set(re.findall(r'"(vexctl\.[a-z-]+/\d+)"', stream.read()))
        self.assertGreater(len(answered), 30)
        text = " ".join(plain(line) for line in sections["OUTPUT IN JSON"])
        self.assertEqual(set(re.findall(r"vexctl\.[a-z-]+/\d+", text)), answered)

    def collect_verbs(self, verbs, told):
        """What each verb takes, but for --help, which all have."""
        text = self.help_of("vexctl", *verbs)
        if verbs:
            told[" ".join(("vexctl",) + verbs)] = options_of_help(text) - {"-h", "--help"}
        below = verbs_of_help(text)
        self.assertTrue(not below or len(verbs) < DEEPEST, verbs)
        for verb in below:
            self.collect_verbs((*verbs, verb), told)

    def test_mount_options_are_those_of_help(self):
        told = mount_options_of_help(self.help_of("vexfs-fuse"))
        told |= mount_options_of_help(self.help_of("mount.vexfs"))
        self.assertGreater(len(told), 14, told)
        tags = tags_of(sections_of(self.text_of("vexfs.5"))["MOUNT OPTIONS"])
        written = {option_name(word) for word in tags.replace(",", " ").split() if word.islower()
                   or "=" in word}
        self.assertEqual(written, told)

    def test_mount_options_are_understood(self):
        """each that a page tells of is one for the driver, which then looks for the image"""
        tags = tags_of(sections_of(self.text_of("vexfs.5"))["MOUNT OPTIONS"])
        values = {"cache": "64M", "commit": "5", "compress": "zstd:9"}
        for word in tags.replace(",", " ").split():
            name = word.split("=")[0]
            if name == "driver" or not name.islower():
                continue
            option = f"{name}={values[name]}" if name in values else name
            done = subprocess.run(
                [self.programs["vexfs-fuse"][0], "-o", option, f"{self.place}/none", self.place],
                text=True, capture_output=True, check=False, timeout=120)
            self.assertEqual(done.returncode, 32, f"{option}: {done.stderr}")
            self.assertIn("none", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
