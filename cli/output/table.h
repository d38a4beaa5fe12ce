// SPDX-License-Identifier: Apache-2.0
//
// cli/output/table.h - columns of text.
#pragma once

#include <QList>
#include <QStringList>

#include <ostream>

namespace vexfs::cli {

/// Collects rows and writes them with columns as wide as they need. Words of the header say what
/// the columns are; a column whose header begins with '>' is aligned to the right.
class Table
{
public:
    explicit Table(QStringList header);

    void addRow(const QStringList &cells);
    void write(std::ostream &out) const;

private:
    QStringList m_header;
    QList<QStringList> m_rows;
};

} // namespace vexfs::cli
