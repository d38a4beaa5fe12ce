// SPDX-License-Identifier: Apache-2.0
#include "common/base/file_tags.h"

#include <algorithm>
#include <cerrno>

#include <sys/xattr.h>

namespace vexfs::base {

namespace {

const char kTags[] = "user.xdg.tags";
constexpr size_t kTagsBytesMax = 4096;

Status writeTags(const QByteArray &path, const QString &shown, const QStringList &tags)
{
    const QByteArray value = tags.join(u',').toUtf8();
    if (value.size() > qsizetype(kTagsBytesMax)) {
        return fail(Errc::TooLarge, QStringLiteral("Cannot set the tags of %1: more than %2 bytes")
                                        .arg(shown)
                                        .arg(kTagsBytesMax));
    }
    const bool isSet = value.isEmpty()
        ? removexattr(path.constData(), kTags) == 0 || errno == ENODATA
        : setxattr(path.constData(), kTags, value.constData(), size_t(value.size()), 0) == 0;
    if (!isSet)
        return failErrno(errno, QStringLiteral("Cannot set the tags of %1").arg(shown));
    return {};
}

} // namespace

bool isTagName(const QString &name)
{
    return !name.isEmpty() && name == name.trimmed()
        && std::none_of(name.begin(), name.end(), [](QChar each) {
               return each == u',' || each.category() == QChar::Other_Control;
           });
}

Result<QStringList> readTags(const QByteArray &path, const QString &shown)
{
    char value[kTagsBytesMax];
    const ssize_t got = getxattr(path.constData(), kTags, value, sizeof value);
    if (got < 0 && errno != ENODATA)
        return failErrno(errno, QStringLiteral("Cannot read the tags of %1").arg(shown));
    QStringList tags;
    if (got > 0)
        tags = QString::fromUtf8(value, got).split(u',', Qt::SkipEmptyParts);
    for (QString &each : tags)
        each = each.trimmed();
    tags.removeAll(QString());
    return tags;
}

Result<QStringList> changeTags(const QByteArray &path, const QString &shown,
                               const TagChange &change)
{
    for (const QString &name : change.added + change.removed) {
        if (!isTagName(name))
            return fail(Errc::InvalidArgs, QStringLiteral("'%1' is no name of a tag").arg(name));
    }
    auto tags = readTags(path, shown);
    if (!tags)
        return tags;
    const QStringList before = *tags;
    for (const QString &name : change.removed + change.added)
        tags->removeAll(name);
    *tags += change.added;
    tags->removeDuplicates();
    if (*tags == before)
        return tags;
    if (auto done = writeTags(path, shown, *tags); !done)
        return tl::unexpected(done.error());
    return tags;
}

} // namespace vexfs::base
