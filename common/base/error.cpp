// SPDX-License-Identifier: Apache-2.0
#include "common/base/error.h"

#include <cerrno>
#include <cstring>
#include <iterator>

namespace vexfs::base {

namespace {

struct CodeInfo
{
    Errc code;
    const char *name;
    int exitStatus;
};

constexpr CodeInfo kCodes[] = {
#define VEXFS_ERROR(name, exit) {Errc::name, #name, exit},
#include "common/base/errors.def"
#undef VEXFS_ERROR
};

const CodeInfo &info(Errc code)
{
    return kCodes[static_cast<size_t>(code)];
}

Errc codeFromErrno(int sysErrno)
{
    switch (sysErrno) {
    case ENOENT:
    case ENOTDIR:
        return Errc::NotFound;
    case EEXIST:
        return Errc::AlreadyExists;
    case EACCES:
    case EPERM:
        return Errc::NotAuthorized;
    case EBUSY:
        return Errc::Busy;
    case EROFS:
        return Errc::ReadOnly;
    case ENOSPC:
    case EDQUOT:
        return Errc::NoSpace;
    case EFBIG:
    case ENAMETOOLONG:
        return Errc::TooLarge;
    case EUCLEAN:
    case EBADMSG:
        return Errc::Corrupt;
    case ENOTTY:
    case ENOSYS:
    case EOPNOTSUPP:
        return Errc::NotSupported;
    case EINVAL:
        return Errc::InvalidArgs;
    case ETIMEDOUT:
        return Errc::TimedOut;
    default:
        return Errc::Failed;
    }
}

const QLatin1String kPrefix("org.vexfs.VexFS1.Error.");
const QLatin1String kInvalidArgs("org.freedesktop.DBus.Error.InvalidArgs");

} // namespace

tl::unexpected<Error> fail(Errc code, QString what, std::source_location where)
{
    return tl::unexpected<Error>(Error{code, std::move(what), 0, where});
}

tl::unexpected<Error> failErrno(int sysErrno, const QString &what, std::source_location where)
{
    const QString reason = QString::fromLocal8Bit(strerror(sysErrno));
    return tl::unexpected<Error>(
        Error{codeFromErrno(sysErrno), what + QStringLiteral(": ") + reason, sysErrno, where});
}

const char *errcName(Errc code)
{
    return info(code).name;
}

QString errcBusName(Errc code)
{
    if (code == Errc::InvalidArgs)
        return kInvalidArgs;
    return kPrefix + QLatin1String(info(code).name);
}

Errc errcFromBusName(const QString &name)
{
    if (name == kInvalidArgs)
        return Errc::InvalidArgs;
    if (name == QLatin1String("org.freedesktop.DBus.Error.ServiceUnknown")
        || name == QLatin1String("org.freedesktop.DBus.Error.NoReply")
        || name == QLatin1String("org.freedesktop.DBus.Error.Disconnected"))
        return Errc::ServiceUnavailable;
    if (name.startsWith(kPrefix)) {
        const QStringView last = QStringView(name).mid(kPrefix.size());
        for (const CodeInfo &each : kCodes) {
            if (last == QLatin1String(each.name))
                return each.code;
        }
    }
    return Errc::Failed;
}

int errcExitStatus(Errc code)
{
    return info(code).exitStatus;
}

} // namespace vexfs::base
