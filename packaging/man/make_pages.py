"""Makes the man pages: make_pages.py PROGRAM DIRECTORY

lurewatch-COMMAND(1) from the command's own --help and commands/COMMAND.man, or what lurewatch.1 says of it; lurewatch.toml(5) from the annotated
default configuration. So neither can leave a command or a key out. Pages that stand in this folder are copied.
"""

import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATE = re.search(r"-- .*  \w+, (.*) \d\d:", (HERE.parent / "debian" / "changelog").read_text()).group(1)


def roff(text):
    """Text as roff shows it: nothing in it is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace('"', "\\(dq")
    return "\n".join("\\&" + line if line.startswith((".", "\\(aq")) else line for line in text.split("\n"))


def help_of(program, *words):
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True).stdout


def section_of(text, name):
    found = re.search(rf"^{name}:\n((?:  .*\n?|\n(?=  ))*)", text, re.M)
    return found.group(1) if found else ""


def entries(block):
    """The (term, description) pairs of a block of CLI11's help."""
    pairs = []
    for line in block.splitlines():
        if line.startswith("  ") and not line.startswith("   "):
            term, _, rest = line.strip().partition("  ")
            pairs.append([term, rest.strip()])
        elif line.strip() and pairs:
            pairs[-1][1] = (pairs[-1][1] + " " + line.strip()).strip()
    return pairs


def commands_of(program):
    return [name for name, _ in entries(section_of(help_of(program), "Subcommands"))]


def header(title, section, version):
    return f'.TH {title.upper()} {section} "{DATE}" "Lurewatch {version}" "{"User Commands" if section == 1 else "File Formats"}"\n'


def tidy(term):
    """`LINE TEXT REQUIRED` as `LINE`; `--input TEXT` stays."""
    words = [word for word in term.split() if word != "REQUIRED"]
    return " ".join(words[:1] if words[0].isupper() else words)


def paragraph_of(name):
    """What lurewatch(1) says of a command, below its line."""
    for block in (HERE / "lurewatch.1").read_text().split(".SH COMMANDS\n")[1].split("\n.SH ")[0].split(".TP\n")[1:]:
        title, _, text = block.partition("\n")
        if re.match(rf'\.\w+ "?{re.escape(name)}[" ]', title.replace("\\-", "-") + " "):
            return ".PP\n" + text.rstrip("\n") + "\n"
    raise SystemExit(f"lurewatch.1 says nothing of {name}")


def command_page(program, name, version):
    text = help_of(program, name)
    summary = text.split("\nUsage:")[0].strip().replace("\n", " ")
    usage = re.search(r"^Usage: lurewatch (.*)$", text, re.M).group(1)
    out = header(f"lurewatch-{name}", 1, version)
    out += f".SH NAME\nlurewatch\\-{roff(name)} \\- {roff(summary)}\n.SH SYNOPSIS\n.B lurewatch {roff(usage)}\n"
    extra = HERE / "commands" / f"{name}.man"
    description = extra.read_text() if extra.exists() else paragraph_of(name)
    out += ".SH DESCRIPTION\n" + description
    for title in ("Positionals", "Options"):
        block = entries(section_of(text, title))
        if block:
            out += f".SH {'ARGUMENTS' if title == 'Positionals' else 'OPTIONS'}\n"
        for term, explanation in block:
            out += f".TP\n\\fB{roff(tidy(term))}\\fR\n{roff(explanation or 'As its name says.')}\n"
    tail = text.split("\n\n")[-1].strip()
    if tail and not re.match(r"\w+:\n", tail) and "Usage:" not in tail:
        out += f".SH NOTES\n{roff(tail)}\n"
    out += (".SH EXIT STATUS\n0 done; 1 it ran and the answer is no; 2 wrong usage; 69 a needed service is not reachable; 78 the "
            "configuration is wrong.\n.SH SEE ALSO\n.BR lurewatch (1),\n.BR lurewatch.toml (5)\n")
    return out


def configuration_page(version):
    out = header("lurewatch.toml", 5, version)
    out += (".SH NAME\nlurewatch.toml \\- the configuration of Lurewatch\n.SH SYNOPSIS\n.I /etc/lurewatch/lurewatch.toml\n.SH DESCRIPTION\n"
            "A TOML file. Every key has the default that is shown, so that an empty file is valid; a key that is shown without a value "
            "of its own needs one of yours. Durations: \\(dq250ms\\(dq \\(dq30s\\(dq \\(dq6h\\(dq \\(dq30d\\(dq. "
            "Sizes: \\(dq64KiB\\(dq \\(dq50GiB\\(dq. An unknown key is a mistake.\n.BR lurewatch\\-check (1)\nfinds every mistake at once. "
            "SIGHUP reads the file again; one with mistakes changes nothing.\n")
    pending = []
    for line in (HERE.parent / "lurewatch.toml").read_text().splitlines():
        section = re.match(r"(?:# )?(\[\[?[\w.]+\]\]?)\s*(?:#\s*(.*))?$", line)
        more = re.match(r"(?:# )?\s{10,}#\s+(.*)$", line)
        key = re.match(r"(?:# )?(\w+) = (.*?)(?:\s{2,}#\s*(.*)|\s+#\s+(.*))?$", line)
        if more:
            out += ".br\n" + roff(more.group(1)) + "\n"
        elif section:
            out += f'.SH "{section.group(1)}"\n' + (roff(section.group(2)) + "\n" if section.group(2) else "")
            out += "".join(f"{roff(text)}\n" for text in pending)
            pending = []
        elif key:
            explanation = key.group(3) or key.group(4) or "\\&"
            out += f".TP\n\\fB{roff(key.group(1))} = {roff(key.group(2))}\\fR\n"
            out += "\\&\n" if explanation == "\\&" else roff(explanation) + "\n"
        elif line.startswith("#") and line.strip("# "):
            pending.append(line.strip("# "))
        elif not line.strip() and ".SH \"" not in out:
            pending = []  # the file's own introduction
    return out + ".SH SEE ALSO\n.BR lurewatch (1),\n.BR lurewatch\\-check (1),\n.BR lurewatch\\-finding (5)\n"


def main():
    program, directory = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    for page in HERE.glob("*.[0-9]"):
        shutil.copy(page, directory / page.name)
    for name in commands_of(program):
        (directory / f"lurewatch-{name}.1").write_text(command_page(program, name, version))
    (directory / "lurewatch.toml.5").write_text(configuration_page(version))


if __name__ == "__main__":
    main()
