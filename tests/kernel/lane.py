# SPDX-License-Identifier: Apache-2.0
"""What a guest is booted with, as far as it is the same for every machine: folders of the build,
vexfs.ko for a kernel, an initramfs. qemu.py and uml.py make the rest."""
import lzma
import os
import shutil
import subprocess
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ["VEXFS_BUILD"]
LANE = os.path.join(BUILD, "kernel-lane")


def run(*words, **options):
    """Output as text; an exception that tells it when the program fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_module(kernel_folder, to, *arguments):
    """vexfs.ko in the folder @to, with warnings as errors; C=1: those of sparse too. Its path."""
    done = run("make", "-C", os.path.join(ROOT, "kernel/linux"), f"-j{os.cpu_count()}",
               f"KDIR={kernel_folder}", f"OUT={to}", *arguments)
    warnings = [line for line in done.splitlines() if "warning:" in line]
    if warnings:
        raise SystemExit("\n".join(warnings))
    return os.path.join(to, "vexfs.ko")


def _module_files(release, names):
    """Modules and what they need, in no order; what is built in has no file."""
    files = set()
    for name in names:
        shown = run("modprobe", "-S", release, "--show-depends", name)
        files.update(line.split()[1] for line in shown.splitlines() if line.startswith("insmod"))
    return sorted(files)


def _copy_modules(release, names, tree):
    for source in _module_files(release, names):
        copy = os.path.join(tree, source.lstrip("/"))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        if source.endswith(".xz"):
            with lzma.open(source) as packed, open(copy[:-3], "wb") as stream:
                shutil.copyfileobj(packed, stream)
        else:
            shutil.copy2(source, copy)
    for name in ("modules.order", "modules.builtin"):
        shutil.copy2(f"/lib/modules/{release}/{name}", f"{tree}/lib/modules/{release}/")
    run("depmod", "-b", tree, release)


def make_initramfs(to, release=None, modules=()):
    """The file @to: busybox, our init, and @modules of the kernel @release with what they need."""
    with tempfile.TemporaryDirectory(dir=LANE) as tree:
        for folder in ("bin", "dev", "proc", "sys", "host", "upper", "root", "tmp"):
            os.mkdir(os.path.join(tree, folder))
        shutil.copy2("/bin/busybox", os.path.join(tree, "bin/busybox"))
        for applet in run("/bin/busybox", "--list").split():
            if applet != "busybox":
                os.symlink("busybox", os.path.join(tree, "bin", applet))
        shutil.copy2(os.path.join(ROOT, "tests/kernel/init"), os.path.join(tree, "init"))
        if modules:
            _copy_modules(release, modules, tree)
        with open(to, "wb") as stream:
            names = subprocess.run(("find", ".", "-mindepth", "1"), cwd=tree, check=True,
                                   capture_output=True).stdout
            subprocess.run(("cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"), cwd=tree,
                           input=names, stdout=stream, check=True)
