// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/mcp/server.h - the Model Context Protocol over standard input and output: JSON-RPC 2.0,
// a message a line. Knows nothing of VexFS.
#pragma once

#include "common/base/error.h"

#include <QJsonArray>
#include <QJsonObject>

#include <functional>
#include <istream>
#include <ostream>

namespace vexfs::cli {

/// Something that a program may ask for.
struct McpTool
{
    QString name;
    QString title;
    QString description;
    QJsonObject properties; ///< of its arguments, as JSON Schema has them
    QStringList required;
    std::function<base::Result<QJsonObject>(const QJsonObject &arguments)> run;
};

/// Answers one message after the other until the input ends. Borrows the streams.
class McpServer
{
public:
    McpServer(QString version, QList<McpTool> tools);

    void serve(std::istream &in, std::ostream &out);

private:
    /// The answer to one message; empty where none is due.
    QJsonObject answer(const QJsonObject &message) const;
    QJsonObject initialize(const QJsonObject &parameters) const;
    QJsonObject list() const;
    base::Result<QJsonObject> call(const QJsonObject &parameters) const;

    QString m_version;
    QList<McpTool> m_tools;
};

} // namespace vexfs::cli
