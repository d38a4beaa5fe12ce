// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/text_compare.h"

#include <QEvent>
#include <QFontDatabase>
#include <QGridLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTextBlock>

namespace vexfs::gui {

namespace {

// Vermillion and bluish green of Okabe and Ito, thin enough for light and dark; the marks at the
// beginning of the lines say the same.
const QColor kGone(0xd5, 0x5e, 0x00, 70);
const QColor kCame(0x00, 0x9e, 0x73, 70);

} // namespace

TextCompare::TextCompare(QWidget *parent)
    : QWidget(parent), m_leftTitle(new QLabel), m_rightTitle(new QLabel), m_count(new QLabel),
      m_next(new QPushButton(tr("&Next Difference"))), m_left(new QPlainTextEdit),
      m_right(new QPlainTextEdit)
{
    for (QPlainTextEdit *edit : {m_left, m_right}) {
        edit->setReadOnly(true);
        edit->setLineWrapMode(QPlainTextEdit::NoWrap);
        edit->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
        edit->setTabChangesFocus(true);
    }
    m_left->setAccessibleName(tr("The older version"));
    m_right->setAccessibleName(tr("The newer version"));
    // Names of snapshots are as long as people like.
    for (QLabel *title : {m_leftTitle, m_rightTitle}) {
        title->setTextFormat(Qt::PlainText);
        title->setWordWrap(true);
        title->setMinimumWidth(1);
    }
    m_count->setForegroundRole(QPalette::PlaceholderText);
    m_next->setShortcut(QKeySequence(Qt::Key_F8));
    m_next->setToolTip(tr("Go to the next difference (F8)"));
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->addWidget(m_leftTitle, 0, 0);
    grid->addWidget(m_rightTitle, 0, 1);
    grid->addWidget(m_left, 1, 0);
    grid->addWidget(m_right, 1, 1);
    grid->addWidget(m_count, 2, 0);
    grid->addWidget(m_next, 2, 1, Qt::AlignRight);
    grid->setRowStretch(1, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    const auto follow = [](QScrollBar *one, QScrollBar *other) {
        connect(one, &QScrollBar::valueChanged, other, &QScrollBar::setValue);
        connect(other, &QScrollBar::valueChanged, one, &QScrollBar::setValue);
    };
    follow(m_left->verticalScrollBar(), m_right->verticalScrollBar());
    follow(m_left->horizontalScrollBar(), m_right->horizontalScrollBar());
    connect(m_next, &QPushButton::clicked, this, &TextCompare::goToNext);
}

void TextCompare::setRows(const QList<CompareRow> &rows, const QString &leftTitle,
                          const QString &rightTitle)
{
    m_rows = rows;
    m_leftTitle->setText(leftTitle);
    m_rightTitle->setText(rightTitle);
    m_starts.clear();
    bool wasDifferent = false;
    for (int i = 0; i < rows.size(); ++i) {
        const bool isDifferent = rows[i].isLeft || rows[i].isRight;
        if (isDifferent && !wasDifferent)
            m_starts.append(i);
        wasDifferent = isDifferent;
    }
    fill(m_left, false);
    fill(m_right, true);
    m_count->setText(m_starts.isEmpty() ? tr("No line differs")
                                        : tr("Places that differ: %1").arg(m_starts.size()));
    m_next->setEnabled(!m_starts.isEmpty());
    goTo(0);
}

void TextCompare::fill(QPlainTextEdit *edit, bool isRight)
{
    // The text at once, then the colours: a layout per line is slow.
    QStringList lines;
    for (const CompareRow &row : m_rows) {
        const bool isMarked = isRight ? row.isRight : row.isLeft;
        const QString mark = !isMarked ? QStringLiteral("  ")
            : isRight                  ? QStringLiteral("+ ")
                                       : QStringLiteral("− ");
        lines.append(mark + (isRight ? row.right : row.left));
    }
    edit->setPlainText(lines.join(u'\n'));
    QTextCursor cursor(edit->document());
    cursor.beginEditBlock();
    QTextBlockFormat format;
    format.setBackground(isRight ? kCame : kGone);
    for (int i = 0; i < m_rows.size(); ++i) {
        if (isRight ? m_rows[i].isRight : m_rows[i].isLeft) {
            cursor.setPosition(edit->document()->findBlockByNumber(i).position());
            cursor.setBlockFormat(format);
        }
    }
    cursor.endEditBlock();
}

void TextCompare::goTo(int difference)
{
    if (difference < 0 || difference >= m_starts.size())
        return;
    for (QPlainTextEdit *edit : {m_left, m_right}) {
        QTextCursor cursor(edit->document()->findBlockByNumber(m_starts[difference]));
        edit->setTextCursor(cursor);
        edit->centerCursor();
    }
}

void TextCompare::goToNext()
{
    const int row = m_right->textCursor().blockNumber();
    for (int i = 0; i < m_starts.size(); ++i) {
        if (m_starts[i] > row) {
            goTo(i);
            return;
        }
    }
    goTo(0);
}

void TextCompare::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        for (QPlainTextEdit *edit : {m_left, m_right})
            edit->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    }
}

} // namespace vexfs::gui
