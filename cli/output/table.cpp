// SPDX-License-Identifier: Apache-2.0
#include "cli/output/table.h"

#include "cli/output/human.h"

#include <algorithm>

namespace vexfs::cli {

Table::Table(QStringList header) : m_header(std::move(header)) {}

void Table::addRow(const QStringList &cells)
{
    m_rows.append(cells);
}

void Table::write(std::ostream &out) const
{
    QList<QStringList> rows = m_rows;
    QStringList titles = m_header;
    QList<bool> isRight;
    for (QString &title : titles) {
        isRight.append(title.startsWith(u'>'));
        if (title.startsWith(u'>'))
            title.remove(0, 1);
    }
    rows.prepend(titles);
    QList<qsizetype> widths(titles.size(), 0);
    for (const QStringList &row : std::as_const(rows)) {
        for (qsizetype i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], row.value(i).size());
    }
    for (const QStringList &row : std::as_const(rows)) {
        QString line;
        for (qsizetype i = 0; i < widths.size(); ++i) {
            const QString cell = oneLine(row.value(i));
            line += isRight[i] ? cell.rightJustified(widths[i]) : cell.leftJustified(widths[i]);
            line += QStringLiteral("  ");
        }
        while (line.endsWith(u' '))
            line.chop(1);
        out << line.toStdString() << '\n';
    }
}

} // namespace vexfs::cli
