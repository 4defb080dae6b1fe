"""What is installed beside the program: the unit, its hardening, man pages, completions, AppArmor, the recipes' syntax."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import ROOT, binary  # noqa: E402

PACKAGING = ROOT / "packaging"
UNIT = ROOT / "systemd" / "lurewatch.service"
MOST_EXPOSURE = 1.5


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, **options)


def commands():
    text = run(binary(), "--help").stdout.split("Subcommands:")[1]
    return re.findall(r"^  ([a-z][a-z-]*)", text, re.M)


def need(test, *tools):
    for tool in tools:
        if not shutil.which(tool):
            test.skipTest(f"skipped: {tool} not installed")


class Dependencies(unittest.TestCase):
    def test_the_package_is_built_with_the_libraries_that_the_tree_is_built_with(self):
        libraries = lambda text: set(re.findall(r"\b(?:lib|zlib)[a-z0-9.+-]*-dev\b", text))
        script = (PACKAGING / "install-dependencies.sh").read_text()
        control = (PACKAGING / "debian" / "control").read_text()
        installed = libraries(script[script.index("build=("):script.index("test=(")]) - {"libbenchmark-dev"}
        self.assertEqual(installed, libraries(control[control.index("Build-Depends:"):control.index("\n\n")]))


class Unit(unittest.TestCase):
    def test_systemd_finds_nothing_wrong_with_it(self):
        need(self, "systemd-analyze")
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / "lurewatch.service"
            unit.write_text(re.sub(r"^Documentation=.*\n", "", UNIT.read_text(), flags=re.M).replace("/usr/bin/lurewatch", binary()))
            ran = run("systemd-analyze", "verify", "--recursive-errors=no", unit)
        self.assertEqual((0, ""), (ran.returncode, ran.stderr))

    def test_its_exposure_is_low_also_with_each_example_drop_in(self):
        need(self, "systemd-analyze")
        ran = run("systemd-analyze", "security", "--offline=true", f"--threshold={int(MOST_EXPOSURE * 10)}", "--no-pager", UNIT)
        self.assertEqual(0, ran.returncode, ran.stdout[-200:] + ran.stderr)
        for drop_in in (PACKAGING / "systemd-examples").glob("*.conf"):
            with tempfile.TemporaryDirectory() as folder:
                unit = pathlib.Path(folder) / "lurewatch.service"
                unit.write_text(UNIT.read_text() + "\n" + drop_in.read_text())
                ran = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit)
            self.assertEqual((0, ""), (ran.returncode, ran.stderr), drop_in.name)

    def test_it_has_the_capability_for_low_ports_and_no_other(self):
        capabilities = re.findall(r"^(?:CapabilityBoundingSet|AmbientCapabilities)=(.*)$", UNIT.read_text(), re.M)
        self.assertEqual(["CAP_NET_BIND_SERVICE"] * 2, capabilities)

    def test_the_apparmor_profile_compiles(self):
        need(self, "apparmor_parser")
        ran = run("apparmor_parser", "--skip-kernel-load", "--skip-cache", PACKAGING / "apparmor" / "lurewatch")
        self.assertEqual(0, ran.returncode, ran.stderr)


class ManPages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        made = run(sys.executable, "-B", PACKAGING / "man" / "make_pages.py", binary(), self.directory)
        self.assertEqual(0, made.returncode, made.stderr)

    def test_there_is_one_for_the_program_each_command_the_configuration_and_the_findings(self):
        wanted = {"lurewatch.1", "lurewatch.toml.5", "lurewatch-finding.5", *(f"lurewatch-{name}.1" for name in commands())}
        self.assertEqual(wanted, {page.name for page in self.directory.iterdir()})

    def test_man_reads_them_without_a_warning(self):
        need(self, "man")
        for page in self.directory.iterdir():
            ran = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page)
            self.assertEqual((0, ""), (ran.returncode, ran.stderr), page.name)

    def test_each_option_stands_in_its_commands_page_and_each_key_in_the_configurations(self):
        for name in commands():
            page = (self.directory / f"lurewatch-{name}.1").read_text().replace("\\-", "-")
            for option in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", run(binary(), name, "--help").stdout, re.M):
                self.assertIn(option, page, name)
        page = (self.directory / "lurewatch.toml.5").read_text()
        for key in re.findall(r"^(?:# )?(\w+) = ", (PACKAGING / "lurewatch.toml").read_text(), re.M):
            self.assertRegex(page, rf"\\fB{key} = ")
        self.assertEqual([], re.findall(r"\\fB(\w+) = .*\\fR\n\\&\n", page), "keys without a word of explanation")

    def test_a_commands_page_tells_more_than_its_help_does(self):
        for name in commands():
            description = (self.directory / f"lurewatch-{name}.1").read_text().split(".SH DESCRIPTION\n")[1].split(".SH ")[0]
            self.assertGreater(len(description.split()), 8, name)

    def test_the_findings_page_names_every_key_of_a_finding(self):
        golden = (ROOT / "tests" / "golden" / "findings" / "strong.json").read_text()
        page = (PACKAGING / "man" / "lurewatch-finding.5").read_text()
        import json
        for key in json.loads(golden):
            self.assertIn(key, page)


class Completions(unittest.TestCase):
    """Each shell is asked what it would offer after `lurewatch `, and after an option's first dashes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = pathlib.Path(folder.name) / "bin"
        self.bin.mkdir()
        (self.bin / "lurewatch").symlink_to(binary())
        self.environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": folder.name, "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        self.folder = pathlib.Path(folder.name)

    def test_bash_offers_every_command_and_a_commands_options(self):
        script = PACKAGING / "completions" / "lurewatch.bash"
        ask = (f'source {script}; ask() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lurewatch; echo "${{COMPREPLY[@]}}"; }}; ')
        self.assertEqual(commands(), run("bash", "-c", ask + 'ask lurewatch ""', env=self.environment).stdout.split())
        offered = run("bash", "-c", ask + 'ask lurewatch check --', env=self.environment).stdout.split()
        self.assertLessEqual({"--config", "--connect"}, set(offered))
        self.assertEqual(["status"], run("bash", "-c", ask + 'ask lurewatch stat', env=self.environment).stdout.split())

    def test_fish_offers_every_command_with_what_it_does(self):
        need(self, "fish")
        script = PACKAGING / "completions" / "lurewatch.fish"
        ran = run("fish", "--no-config", "-c", f"source {script}; complete -C 'lurewatch '", env=self.environment)
        self.assertEqual(set(commands()), {line.split("\t")[0] for line in ran.stdout.splitlines()}, ran.stderr)
        ran = run("fish", "--no-config", "-c", f"source {script}; complete -C 'lurewatch check --'", env=self.environment)
        self.assertLessEqual({"--config", "--connect"}, {line.split("\t")[0] for line in ran.stdout.splitlines()})

    def test_zsh_offers_every_command_and_a_commands_options(self):
        need(self, "zsh")
        # What completes at a prompt is told to _describe and compadd: here they print it.
        ask = ('_describe() { print -l -- ${(P)2} }; compadd() { print -l -- ${(P)2} }; _files() { print FILES }; '
               f'words=(lurewatch WORDS); CURRENT=$#words; PREFIX=$words[-1]; source {PACKAGING}/completions/_lurewatch')
        offered = run("zsh", "-f", "-c", ask.replace("WORDS", "''"), env=self.environment)
        self.assertEqual(commands(), [line.split(":")[0] for line in offered.stdout.splitlines()], offered.stderr)
        offered = run("zsh", "-f", "-c", ask.replace("WORDS", "check --"), env=self.environment)
        self.assertLessEqual({"--config", "--connect"}, set(offered.stdout.split()), offered.stderr)
        offered = run("zsh", "-f", "-c", ask.replace("WORDS", "replay ''"), env=self.environment)
        self.assertEqual("FILES\n", offered.stdout, offered.stderr)


class Recipes(unittest.TestCase):
    def test_rsyslog_accepts_what_it_is_given(self):
        need(self, "rsyslogd")
        for recipe in (PACKAGING / "recipes").glob("rsyslog*.conf"):
            if "omrelp" in recipe.read_text() and not list(pathlib.Path("/usr/lib").glob("*/rsyslog/omrelp.so")):
                self.skipTest("rsyslog-relp is not installed")
            with tempfile.TemporaryDirectory() as folder:
                whole = pathlib.Path(folder) / "rsyslog.conf"
                whole.write_text(f'global(workDirectory="{folder}")\naction(type="omfile" file="{folder}/all")\n' + recipe.read_text())
                ran = run("rsyslogd", "-N1", "-f", whole)
            self.assertEqual(0, ran.returncode, f"{recipe.name}: {ran.stderr}")
            self.assertNotIn("error", ran.stderr.lower(), recipe.name)


class Scripts(unittest.TestCase):
    def test_the_shell_reads_each_script_of_the_package(self):
        for script in [*PACKAGING.glob("*.sh"), *PACKAGING.glob("vm/*.sh"), *PACKAGING.glob("debian/*.post*")]:
            shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
            self.assertEqual("", run(shell, "-n", script).stderr, script.name)

    def test_the_packages_version_is_the_programs(self):
        changelog = (PACKAGING / "debian" / "changelog").read_text()
        self.assertEqual(run(binary(), "--version").stdout.split()[-1], re.match(r"lurewatch \((.*?)\)", changelog).group(1))

    def test_what_the_package_is_built_with_is_what_is_installed_for_building(self):
        control = (PACKAGING / "debian" / "control").read_text()
        wanted = set(re.findall(r"^(?:Build-Depends:)?\s+([a-z0-9.+-]+)", control.split("Package:")[0].split("Build-Depends:")[1], re.M))
        listed = (PACKAGING / "install-dependencies.sh").read_text()
        for package in wanted - {"debhelper-compat"}:
            self.assertRegex(listed, rf"[( ]{re.escape(package)}[ )\n]", package)


if __name__ == "__main__":
    unittest.main()
