// SPDX-License-Identifier: Apache-2.0
//
// common/base/permission.h - what needs a right, and whether somebody has it.
#pragma once

#include <QMap>
#include <QString>

namespace vexfs::base {

enum class Action {
#define VEXFS_ACTION(name, word) name,
#include "common/base/permissions.def"
#undef VEXFS_ACTION
};

enum class Permission {
    Yes,
    No,  ///< Nothing that the caller could do changes that.
    Auth ///< Yes, once somebody with the right has said who they are.
};

/// Of all actions, as the daemon answers; a client misses those that its daemon does not know.
using Permissions = QMap<Action, Permission>;

/// "org.vexfs.vexfs1.volume-mount" for Action::VolumeMount.
QString actionId(Action action);

/// 'yes', 'no', 'auth': the words on the bus.
QString permissionWord(Permission permission);

/// As they are on the bus, and back. What is not known in either is left out.
QMap<QString, QString> permissionWords(const Permissions &permissions);
Permissions permissionsFromWords(const QMap<QString, QString> &words);

} // namespace vexfs::base
