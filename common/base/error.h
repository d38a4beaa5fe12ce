// SPDX-License-Identifier: Apache-2.0
//
// common/base/error.h - the one error type of the suite and the result that carries it.
//
// A message says what failed, on what object, why, and what was done about it. It is English, for
// logs and terminals; programs tell errors apart by code.
#pragma once

#include <QString>

#include <source_location>
#include <tl/expected.hpp>

namespace vexfs::base {

enum class Errc {
#define VEXFS_ERROR(name, exit) name,
#include "common/base/errors.def"
#undef VEXFS_ERROR
};

/// What went wrong. A plain value; sysErrno is 0 where no system call was involved.
struct Error
{
    Errc code = Errc::Failed;
    QString what;
    int sysErrno = 0;
    std::source_location where = std::source_location::current();
};

/// A value or an Error. Use operator bool, *, -> and error() only, so that std::expected fits
/// later.
template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

/// Makes the failing Result: return fail(Errc::NotFound, u"..."_qs);
[[nodiscard]] tl::unexpected<Error> fail(
    Errc code, QString what, std::source_location where = std::source_location::current());

/// The same from an errno: picks the code (ENOENT is NotFound, ...) and appends strerror to what.
[[nodiscard]] tl::unexpected<Error> failErrno(
    int sysErrno, const QString &what,
    std::source_location where = std::source_location::current());

/// "NotFound" for Errc::NotFound.
const char *errcName(Errc code);

/// "org.vexfs.VexFS1.Error.NotFound"; InvalidArgs is org.freedesktop.DBus.Error.InvalidArgs.
QString errcBusName(Errc code);

/// The code with that D-Bus name; Failed for a name of ours that is not known, and
/// ServiceUnavailable for org.freedesktop.DBus.Error.ServiceUnknown, NoReply and Disconnected.
Errc errcFromBusName(const QString &name);

/// Exit status of a command line program that ends with this error.
int errcExitStatus(Errc code);

} // namespace vexfs::base
