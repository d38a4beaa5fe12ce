// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/manual/manual.h"

#include <memory>
#include <sstream>

namespace vexfs::cli {

namespace {

const char kStatus[] = R"ROFF(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed.
.TP
.B 2
Bad usage.
.TP
.B 3
There is no such thing; with
.BR "search \-e" ,
no hit.
.TP
.B 4
Not permitted.
.TP
.B 5
The daemon cannot be reached.
.TP
.B 6
Done in part; what could not be done is listed.
.TP
.B 7
Timed out.
.TP
.B 130
Interrupted.
)ROFF";

const char kQueries[] = R"ROFF(.SH QUERIES
What
.B vexctl search
is given is words, and conditions among them; the shell wants quotation marks around some.
All conditions must hold, but of several types, folders or names one is enough.
Without words the newest files that fulfil the conditions are the answer.
A minus before a word, a phrase, or one of
.BR type: ,
.BR in: ,
.B tag:
and
.B name:
means without it.
.TP
.RI \(dq phrase \(dq
It stands in the file so.
.TP
.BI type: TYPE\fR[,\fPTYPE\fR...]
An extension (pdf), a kind (text, image, audio, video), or a MIME type (text/html, image/*).
.TP
.BI in: FOLDER
An absolute path, one below ~, or one from the root of a volume; in quotation marks where it has
blanks.
.TP
.BI name: PATTERN
A part of the name of the file, or a pattern with * and ?.
.TP
.BI tag: TAG
Has that tag; see
.BR "vexctl tag" .
.TP
.BI after: TIME\fR,\ \fPsince: TIME\fR,\ \fPbefore: TIME
Was last changed then.
.TP
.BI size: SIZE
>1M, <=10k, 1M..2M, or 4096.
.TP
.BI similar: FILE
Is like it.
.TP
.BI at: TIME\fR,\ \fPat: SNAPSHOT\fR,\ \fPsnapshot: SNAPSHOT
As the volume was then.
.PP
A
.I TIME
is 2025, 2025\-01, 2025\-01\-31, 2025\-01\-31T10:30, today, yesterday, or so long ago: 36h, 7d, 2w,
6m, 1y.
)ROFF";

const char kJson[] = R"ROFF(.SH OUTPUT IN JSON
With
.B \-\-json
the answer is one object in a line.
Its
.B schema
says which one; the number is raised where a program that knew the one before could go wrong, and
otherwise keys are only added.
Keys are in lower case with underscores, times RFC 3339 in UTC, sizes bytes.
Files have a
.BR uri ,
and a
.B path
where that is UTF\-8.
An error goes to standard error, as
.BR {\(dqerror\(dq:{\(dqname\(dq:...,\(dqmessage\(dq:...,\(dqsuggestion\(dq:...}} ,
with the name that it has on the bus.
.PP
)ROFF";

/// What is asked for by a verb is told in these, in the order of the verbs.
const char *const kSchemas[] = {
    "search",          "suggest",        "add",           "volume-create",   "mount",
    "volumes",         "volume",         "volume-check",  "volume-scrub",    "volume-resize",
    "snapshot-create", "snapshots",      "changes",       "restore",         "rollback",
    "snapshot-estimate", "snapshot-schedule", "snapshot-receive", "snapshot-partial", "sources",
    "source",          "tag",            "history",       "history-diff",    "index",
    "index-config",    "index-exclude",  "models",        "failures",        "explain",
    "map",             "map-file",       "jobs",          "job",             "job-id",
    "stats",           "status",         "doctor",        "retrieval"};

const char kEnd[] = R"ROFF(.SH ENVIRONMENT
.TP
.B DBUS_SESSION_BUS_ADDRESS
Where the daemon is found.
.TP
.B NO_COLOR
Without colours, whatever it is set to.
.SH FILES
.TP
.I MOUNTPOINT/.vexfs/snapshots/NAME
The files of a snapshot, to read with any program.
.SH SEE ALSO
.BR setfattr (1),
.BR vexfs\-manager (1),
.BR vexfs (5),
.BR vexctl\-compat (7),
.BR fsck.vexfs (8),
.BR mkfs.vexfs (8),
.BR mount.vexfs (8),
.BR vexfs\-fuse (8),
.BR vexfsd (8)
)ROFF";

/// Text in a line of its own, with nothing that roff would take for an instruction.
std::string plain(const std::string &text)
{
    std::string out;
    for (const char each : text) {
        if (each == '\\')
            out += "\\e";
        else if (each == '-')
            out += "\\-";
        else if (each == '"')
            out += "\\(dq";
        else if (each == '\'')
            out += "\\(aq";
        else if (each == '~')
            out += "\\(ti";
        else if (each == '\n')
            out += ' ';
        else
            out += each;
    }
    return !out.empty() && out.front() == '.' ? "\\&" + out : out;
}

std::string bold(const std::string &text)
{
    return "\\fB" + plain(text) + "\\fR";
}

std::string italic(const std::string &text)
{
    return "\\fI" + plain(text) + "\\fR";
}

std::string valueOf(const CLI::Option &option)
{
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
}

bool isShown(const CLI::Option &option)
{
    return !option.get_group().empty();
}

/// "vexctl snapshot diff FROM [TO]"
std::string synopsisOf(const CLI::App &app, const std::string &name)
{
    std::string out = bold(name);
    for (const CLI::Option *each : app.get_options()) {
        if (!each->get_positional() || !isShown(*each))
            continue;
        const std::string value
            = italic(each->get_name()) + (each->get_expected_max() > 1 ? "..." : "");
        out += each->get_required() ? ' ' + value : " [" + value + ']';
    }
    return out;
}

void writeOptions(std::ostream &out, const CLI::App &app)
{
    for (const CLI::Option *each : app.get_options()) {
        // That each verb has --help is told once.
        const bool isKnown = app.get_parent() != nullptr && each->check_name("--help");
        if (!isShown(*each) || isKnown
            || (each->get_positional() && each->get_description().empty()))
            continue;
        out << ".TP\n";
        if (each->get_positional()) {
            out << italic(each->get_name());
        } else {
            std::string names;
            for (const std::string &name : each->get_snames())
                names += (names.empty() ? "" : ", ") + bold('-' + name);
            for (const std::string &name : each->get_lnames())
                names += (names.empty() ? "" : ", ") + bold("--" + name);
            out << names;
            if (each->get_items_expected_max() > 0)
                out << ' ' << italic(valueOf(*each));
        }
        out << '\n';
        if (!each->get_description().empty())
            out << plain(each->get_description()) << ".\n";
    }
}

void writeVerbs(std::ostream &out, const CLI::App &app, const std::string &above)
{
    for (const CLI::App *each : app.get_subcommands(nullptr)) {
        if (each->get_group().empty())
            continue;
        const std::string name = above + ' ' + each->get_name();
        const bool isGroup = !each->get_subcommands(nullptr).empty();
        out << ".SS " << (isGroup ? bold(name) + " ..." : synopsisOf(*each, name)) << '\n'
            << plain(each->get_description()) << ".\n";
        writeOptions(out, *each);
        // Two levels are all that there are.
        if (isGroup && app.get_parent() == nullptr)
            writeVerbs(out, *each, name);
    }
}

void writeSchemas(std::ostream &out)
{
    out << kJson << "Schemas:\n";
    const char *before = "";
    for (const char *each : kSchemas) {
        out << before << "vexctl." << plain(each) << "/1";
        before = ",\n";
    }
    out << ".\n";
}

void writeExamples(std::ostream &out, const std::string &footer)
{
    out << ".SH EXAMPLES\n.nf\n";
    std::istringstream lines(footer);
    for (std::string line; std::getline(lines, line);) {
        const size_t text = line.find_first_not_of(' ');
        if (text == 2)
            out << plain(line.substr(text)) << '\n';
    }
    out << ".fi\n";
}

} // namespace

std::string manualPage(const CLI::App &app, const std::string &version, const std::string &date)
{
    std::ostringstream out;
    out << ".\\\" SPDX-License-Identifier: Apache-2.0\n.\\\" Written by: vexctl manual\n"
        << ".TH VEXCTL 1 " << plain(date) << " \"VexFS " << plain(version) << "\"\n"
        << ".SH NAME\nvexctl \\- works with VexFS volumes: search, files, snapshots, index\n"
        << ".SH SYNOPSIS\n" << bold("vexctl") << " [" << italic("OPTION") << "...] "
        << italic("COMMAND") << " ...\n"
        << ".SH DESCRIPTION\nAsks the daemon of VexFS, over D\\-Bus, to find files by what they "
           "mean, in the present and in the past, to take snapshots and bring files of them back, "
           "and to care for volumes and their index.\n"
        << ".SH OPTIONS\n";
    writeOptions(out, app);
    out << ".SH COMMANDS\n";
    writeVerbs(out, app, "vexctl");
    out << kQueries;
    writeSchemas(out);
    out << kStatus;
    writeExamples(out, app.get_footer());
    out << kEnd;
    return out.str();
}

void addManualVerb(CLI::App &app, Command *command, const std::string &version)
{
    auto date = std::make_shared<std::string>();
    CLI::App *printing = app.add_subcommand("manual", "Prints vexctl(1)")->group("");
    printing->add_option("DATE", *date)->required();
    printing->callback([command, &app, version, date] {
        command->verb = [command, &app, version, date]() -> Outcome {
            command->io.out << manualPage(app, version, *date);
            return kDone;
        };
    });
}

} // namespace vexfs::cli
