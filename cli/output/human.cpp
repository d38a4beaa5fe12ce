// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QRegularExpression>

#include <array>
#include <cmath>

#include <sys/ioctl.h>

namespace vexfs::cli {

namespace {

constexpr std::array<const char *, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

} // namespace

QString humanBytes(uint64_t bytes)
{
    auto value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    const int decimals = unit == 0 || value >= 100 ? 0 : 1;
    return QString::number(value, 'f', decimals) + u' ' + QLatin1String(kUnits[unit]);
}

std::optional<uint64_t> parseBytes(const QString &text)
{
    static const QRegularExpression form(
        QStringLiteral("^([0-9]+(?:\\.[0-9]+)?)([KMGTP]?)(?:iB|B)?$"),
        QRegularExpression::CaseInsensitiveOption);
    const auto match = form.match(text.trimmed());
    if (!match.hasMatch())
        return std::nullopt;
    const QString unit = match.captured(2).toUpper();
    const auto power = unit.isEmpty() ? 0 : QStringLiteral("KMGTP").indexOf(unit) + 1;
    const double bytes =
        match.captured(1).toDouble() * std::pow(1024.0, static_cast<double>(power));
    if (bytes >= 9e18)
        return std::nullopt;
    return static_cast<uint64_t>(bytes);
}

QString isoTime(uint64_t microseconds)
{
    if (microseconds == 0)
        return {};
    const auto time =
        QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(microseconds / 1000), Qt::UTC);
    return time.toString(time.time().msec() == 0 ? Qt::ISODate : Qt::ISODateWithMs);
}

QString localTime(uint64_t microseconds)
{
    if (microseconds == 0)
        return QStringLiteral("-");
    return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(microseconds / 1000))
        .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QString shownPath(const QByteArray &path)
{
    const QByteArray home = QFile::encodeName(QDir::homePath());
    const bool isBelowHome = home.size() > 1 && path.startsWith(home + '/');
    const QString text = QString::fromUtf8(isBelowHome ? '~' + path.mid(home.size()) : path);
    QString out;
    for (const QChar each : text) {
        if (each.unicode() < 0x20 || each.unicode() == 0x7f)
            out += QStringLiteral("\\x%1").arg(each.unicode(), 2, 16, QLatin1Char('0'));
        else
            out += each;
    }
    return out;
}

QString oneLine(const QString &text)
{
    QString out = text;
    for (QChar &each : out) {
        if (each.unicode() < 0x20 || (each.unicode() >= 0x7f && each.unicode() < 0xa0))
            each = u' ';
    }
    return out;
}

int terminalColumns(int fd, int fallback)
{
    winsize size = {};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : fallback;
}

} // namespace vexfs::cli
