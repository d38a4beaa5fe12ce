// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/command.h"

#include "cli/vexfs/json.h"

namespace vexfs::cli {

using base::Errc;

bool Command::hasColour() const
{
    const bool isDumb = qEnvironmentVariable("TERM") == QLatin1String("dumb");
    return io.isOutTerminal && !isDumb && qEnvironmentVariableIsEmpty("NO_COLOR");
}

void Command::say(const QString &text) const
{
    if (!isQuiet && !isJson)
        io.err << text.toStdString() << '\n';
}

QString suggestion(const base::Error &error)
{
    switch (error.code) {
    case Errc::ServiceUnavailable:
        return QStringLiteral("Start the daemon with: vexfsd &");
    case Errc::IndexNotReady:
        return QStringLiteral("See: vexctl index status");
    case Errc::NotOnVolume:
        return QStringLiteral("See which volumes are mounted: vexctl volume list");
    case Errc::AlreadyExists:
        return error.what.contains(QLatin1String("--force"))
                   ? QStringLiteral("To overwrite it all the same, add --force")
                   : QString();
    case Errc::Busy:
        return QStringLiteral("See what uses it: fuser -vm MOUNTPOINT");
    case Errc::NoModel:
        return QStringLiteral("The model is installed with VexFS; is the installation whole?");
    default:
        return {};
    }
}

int report(const Command &command, const base::Error &error)
{
    const QString advice = suggestion(error);
    if (command.isJson) {
        QJsonObject body{{QStringLiteral("name"), base::errcBusName(error.code)},
                         {QStringLiteral("message"), error.what}};
        if (!advice.isEmpty())
            body.insert(QStringLiteral("suggestion"), advice);
        writeJson(command.io.err, QJsonObject{{QStringLiteral("error"), body}});
    } else {
        command.io.err << "vexctl: " << error.what.toStdString() << '\n';
        if (!advice.isEmpty())
            command.io.err << advice.toStdString() << '\n';
    }
    return base::errcExitStatus(error.code);
}

} // namespace vexfs::cli
