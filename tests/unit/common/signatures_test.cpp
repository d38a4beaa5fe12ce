// SPDX-License-Identifier: Apache-2.0
//
// Goal: the signature of every type that the interfaces name is there once the types are
// registered; Qt would make it in the thread that needs it first, and two at once end the program.
// Method: afterwards Qt is given other operators, so that one made from then on is another one.
#include "common/dbus/interfaces.h"
#include "common/dbus/types.h"

#include <QDBusMetaType>
#include <QSet>

#include <gtest/gtest.h>

using namespace vexfs::dbus;

namespace {

const QByteArray kMadeNow = "(yy)";

void signatureOfNothing(QDBusArgument &out, const void *)
{
    out.beginStructure();
    out << uchar(0) << uchar(0);
    out.endStructure();
}

void readNothing(const QDBusArgument &, void *) {}

/// Those of all arguments and properties.
QSet<QString> namedSignatures()
{
    QSet<QString> all;
    const auto add = [&all](const QString &signature) {
        // One after the other: "a(sa{sv})a{sv}" are two.
        QString one;
        int depth = 0;
        for (const QChar each : signature) {
            one += each;
            depth += each == u'(' || each == u'{' ? 1 : each == u')' || each == u'}' ? -1 : 0;
            if (depth == 0 && each != u'a') {
                all.insert(one);
                one.clear();
            }
        }
    };
    for (const QString &name : interfaceNames()) {
        const InterfaceInfo *info = findInterface(name);
        for (const auto &method : info->methods) {
            add(method.inSignature);
            add(method.outSignature);
        }
        for (const auto &property : info->properties)
            add(property.signature);
        for (const QString &signal : info->signalSignatures)
            add(signal);
    }
    return all;
}

} // namespace

TEST(Signatures, AreMadeBeforeThereAreThreads)
{
    registerTypes();
    QSet<QString> madeBefore;
    for (int id = QMetaType::User + 1; QMetaType::isRegistered(id); ++id) {
        const QMetaType type(id);
        QDBusMetaType::registerMarshallOperators(type, signatureOfNothing, readNothing);
        const QByteArray signature(QDBusMetaType::typeToSignature(type));
        if (signature != kMadeNow)
            madeBefore.insert(QString::fromLatin1(signature));
        else // one that is not for the bus, or has no signature yet
            EXPECT_FALSE(QByteArray(type.name()).contains("vexfs::dbus::")) << type.name();
    }
    // These and the basic ones Qt knows without making them.
    const QSet<QString> fixed{QStringLiteral("as"), QStringLiteral("ay"), QStringLiteral("a{sv}")};
    int count = 0;
    for (const QString &each : namedSignatures()) {
        if (each.size() == 1 || fixed.contains(each))
            continue;
        EXPECT_TRUE(madeBefore.contains(each)) << qPrintable(each);
        ++count;
    }
    EXPECT_GE(count, 10);
}
