// SPDX-License-Identifier: Apache-2.0
#include "common/dbus/interfaces.h"

#include "common/dbus/interface_documents.h"

#include <QXmlStreamReader>
#include <QXmlStreamWriter>

namespace vexfs::dbus {

namespace {

QString attribute(const QXmlStreamReader &in, const char *name)
{
    return in.attributes().value(QLatin1String(name)).toString();
}

/// Collects the arguments of one <method> or <signal>.
void readArguments(QXmlStreamReader *in, QXmlStreamWriter *copy, MethodInfo *out)
{
    int depth = 1;
    while (depth > 0 && !in->atEnd()) {
        in->readNext();
        if (in->isStartElement()) {
            ++depth;
            copy->writeCurrentToken(*in);
            if (in->name() != QLatin1String("arg"))
                continue;
            const bool isOut = attribute(*in, "direction") == QLatin1String("out");
            (isOut ? out->outSignature : out->inSignature) += attribute(*in, "type");
        } else if (in->isEndElement()) {
            --depth;
            copy->writeCurrentToken(*in);
        }
    }
}

void readProperty(QXmlStreamReader *in, QXmlStreamWriter *copy, InterfaceInfo *out)
{
    const QString name = attribute(*in, "name");
    PropertyInfo property{attribute(*in, "type")};
    int depth = 1;
    while (depth > 0 && !in->atEnd()) {
        in->readNext();
        if (in->isStartElement()) {
            ++depth;
            copy->writeCurrentToken(*in);
            if (attribute(*in, "value") == QLatin1String("const"))
                property.isConstant = true;
        } else if (in->isEndElement()) {
            --depth;
            copy->writeCurrentToken(*in);
        }
    }
    out->properties.insert(name, property);
}

InterfaceInfo readInterface(QXmlStreamReader *in)
{
    InterfaceInfo out;
    QXmlStreamWriter copy(&out.xml);
    copy.setAutoFormatting(true);
    copy.setAutoFormattingIndent(2);
    out.name = attribute(*in, "name");
    copy.writeCurrentToken(*in);
    while (!in->atEnd()) {
        in->readNext();
        if (in->isEndElement() && in->name() == QLatin1String("interface")) {
            copy.writeCurrentToken(*in);
            break;
        }
        if (!in->isStartElement())
            continue;
        copy.writeCurrentToken(*in);
        const QString kind = in->name().toString();
        const QString name = attribute(*in, "name");
        if (kind == QLatin1String("property")) {
            readProperty(in, &copy, &out);
            continue;
        }
        MethodInfo method;
        readArguments(in, &copy, &method);
        if (kind == QLatin1String("method"))
            out.methods.insert(name, method);
        else if (kind == QLatin1String("signal"))
            out.signalSignatures.insert(name, method.inSignature);
    }
    return out;
}

const QHash<QString, InterfaceInfo> &all()
{
    static const QHash<QString, InterfaceInfo> interfaces = [] {
        QHash<QString, InterfaceInfo> found;
        for (const char *document : kInterfaceDocuments) {
            for (const InterfaceInfo &each : parseInterfaces(QString::fromUtf8(document)))
                found.insert(each.name, each);
        }
        return found;
    }();
    return interfaces;
}

} // namespace

QList<InterfaceInfo> parseInterfaces(const QString &document)
{
    QList<InterfaceInfo> out;
    QXmlStreamReader in(document);
    while (!in.atEnd()) {
        in.readNext();
        if (in.isStartElement() && in.name() == QLatin1String("interface"))
            out.append(readInterface(&in));
    }
    return in.hasError() ? QList<InterfaceInfo>() : out;
}

const InterfaceInfo *findInterface(const QString &name)
{
    const auto found = all().constFind(name);
    return found == all().constEnd() ? nullptr : &found.value();
}

QStringList interfaceNames()
{
    QStringList names = all().keys();
    names.sort();
    return names;
}

} // namespace vexfs::dbus
