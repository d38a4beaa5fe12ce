// SPDX-License-Identifier: Apache-2.0
#include "common/base/permission.h"

#include <iterator>

namespace vexfs::base {

namespace {

const QLatin1String kPrefix("org.vexfs.vexfs1.");

// In the order of the enumeration.
constexpr const char *kActions[] = {
#define VEXFS_ACTION(name, word) word,
#include "common/base/permissions.def"
#undef VEXFS_ACTION
};

constexpr const char *kPermissions[] = {"yes", "no", "auth"};

} // namespace

QString actionId(Action action)
{
    return kPrefix + QLatin1String(kActions[size_t(action)]);
}

QString permissionWord(Permission permission)
{
    return QLatin1String(kPermissions[size_t(permission)]);
}

QMap<QString, QString> permissionWords(const Permissions &permissions)
{
    QMap<QString, QString> words;
    for (auto each = permissions.constBegin(); each != permissions.constEnd(); ++each)
        words.insert(actionId(each.key()), permissionWord(each.value()));
    return words;
}

Permissions permissionsFromWords(const QMap<QString, QString> &words)
{
    Permissions permissions;
    for (size_t action = 0; action < std::size(kActions); ++action) {
        const QString word = words.value(actionId(Action(action)));
        for (size_t each = 0; each < std::size(kPermissions); ++each) {
            if (word == QLatin1String(kPermissions[each]))
                permissions.insert(Action(action), Permission(each));
        }
    }
    return permissions;
}

} // namespace vexfs::base
