// SPDX-License-Identifier: Apache-2.0
#include "gui/views/query_chips.h"

#include "gui/models/query/query_words.h"
#include "gui/models/reply.h"
#include "gui/models/shown_path.h"
#include "gui/widgets/flow_layout.h"

#include <QCalendarWidget>
#include <QCompleter>
#include <QDate>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QStringListModel>
#include <QToolButton>
#include <QWidgetAction>

namespace vexfs::gui {

namespace {

const QString kFolder = QStringLiteral("in");
const QString kTag = QStringLiteral("tag");
const QString kDate = QStringLiteral("at");
constexpr uint32_t kTagsMost = 20;
constexpr int kValueEmsMost = 10;

} // namespace

QueryChips::QueryChips(Service &service, QWidget *parent)
    : QWidget(parent), m_service(service), m_flow(new FlowLayout(this)),
      m_tags(new QStringListModel(this))
{
    addWord(tr("Documents"), QStringLiteral("type:document"));
    addWord(tr("PDF"), QStringLiteral("type:pdf"));
    addWord(tr("E-mail"), QStringLiteral("type:email"));
    addWord(tr("Pictures"), QStringLiteral("type:image"));
    addWord(tr("Last week"), QStringLiteral("after:7d"));
    addWord(tr("This year"), QStringLiteral("after:%1-01-01").arg(QDate::currentDate().year()));
    m_folder = addValued(tr("Folder…"), tr("Only what is in a folder; the same as typing in:"),
                         kFolder, &QueryChips::chooseFolder);
    m_tag = addValued(tr("Tag…"), tr("Only what has a tag; the same as typing tag:"), kTag,
                      &QueryChips::chooseTag);
    m_date = addValued(tr("At a Date…"),
                       tr("Files as they were when that day began; the same as typing at:"), kDate,
                       &QueryChips::chooseDate);
    makeTagMenu();
    makeDateMenu();
    connect(&m_chooser, &FileChooser::failed, this, &QueryChips::failed);
    connect(&m_chooser, &FileChooser::openChanged, this, [this] { setQuery(m_query); });
    connect(&m_chooser, &FileChooser::chosen, this, [this](const QStringList &uris) {
        write(kFolder, typedPath(uris.constFirst()));
    });
}

QToolButton *QueryChips::addChip(const QString &label)
{
    auto *chip = new QToolButton;
    chip->setText(label);
    chip->setCheckable(true);
    chip->setAutoRaise(true);
    chip->setAccessibleName(label);
    m_flow->addWidget(chip);
    return chip;
}

void QueryChips::addWord(const QString &label, const QString &condition)
{
    QToolButton *chip = addChip(label);
    chip->setToolTip(tr("The same as typing %1").arg(condition));
    connect(chip, &QToolButton::clicked, this, [this, condition](bool isOn) {
        Q_EMIT queryChanged(withWord(m_query, condition, isOn));
    });
    m_words.append({chip, condition});
}

// Pressed again it is taken out.
QToolButton *QueryChips::addValued(const QString &label, const QString &hint, const QString &key,
                                   void (QueryChips::*choose)())
{
    QToolButton *chip = addChip(label);
    chip->setToolTip(hint);
    connect(chip, &QToolButton::clicked, this, [this, key, choose](bool isOn) {
        if (isOn)
            (this->*choose)();
        else
            Q_EMIT queryChanged(withoutCondition(m_query, key));
        // Pressed is what the query says, whatever was clicked.
        setQuery(m_query);
    });
    m_valued.append({chip, key, label});
    return chip;
}

void QueryChips::setQuery(const QString &query)
{
    m_query = query;
    const QStringList words = queryWords(query);
    for (const auto &[chip, condition] : m_words)
        chip->setChecked(words.contains(condition));
    for (const Valued &each : m_valued) {
        const QStringList values = valuesOf(query, each.key);
        const bool isStopping = each.chip == m_folder && m_chooser.isOpen();
        QString text = isStopping ? tr("Stop Choosing") : each.label;
        if (!values.isEmpty()) {
            text = shownValue(each.key, values.constFirst());
            text = fontMetrics().elidedText(text, Qt::ElideMiddle,
                                            fontMetrics().height() * kValueEmsMost);
            text.replace(u'&', QStringLiteral("&&"));
        }
        each.chip->setText(text);
        each.chip->setAccessibleName(text);
        each.chip->setChecked(!values.isEmpty());
    }
}

QString QueryChips::shownValue(const QString &key, const QString &value) const
{
    if (key == kFolder)
        return tr("In %1").arg(value.mid(value.lastIndexOf(u'/') + 1));
    if (key == kTag)
        return tr("Tag: %1").arg(value);
    const QDate date = QDate::fromString(value, Qt::ISODate);
    return tr("At %1").arg(date.isValid() ? QLocale().toString(date, QLocale::ShortFormat) : value);
}

// In place of the one that is there.
void QueryChips::write(const QString &key, const QString &value)
{
    const QString condition = conditionOf(key, value);
    if (value.startsWith(QStringLiteral("file:")))
        Q_EMIT failed(tr("A search cannot name %1: it is no text that could be typed.")
                          .arg(shownName(value)));
    else if (condition.isEmpty())
        Q_EMIT failed(tr("A search cannot name %1: there is a quotation mark in it.").arg(value));
    else
        Q_EMIT queryChanged(withWord(withoutCondition(m_query, key), condition, true));
}

void QueryChips::chooseFolder()
{
    if (m_chooser.isOpen()) {
        m_chooser.stop();
        return;
    }
    const client::VolumeInfo *volume = m_service.current();
    m_chooser.choose({QStringLiteral("folder"), tr("The folder to search in"),
                      volume && volume->isMounted() ? volume->mountUris.constFirst() : QString(),
                      window()->winId()});
}

void QueryChips::popUp(QMenu *menu, const QToolButton *below)
{
    menu->popup(below->mapToGlobal(below->rect().bottomLeft()));
}

void QueryChips::makeTagMenu()
{
    m_tagMenu = new QMenu(this);
    auto *field = new QLineEdit;
    field->setPlaceholderText(tr("Name of a tag"));
    field->setAccessibleName(tr("Name of a tag"));
    auto *completer = new QCompleter(m_tags, field);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    field->setCompleter(completer);
    auto *action = new QWidgetAction(m_tagMenu);
    action->setDefaultWidget(field);
    m_tagMenu->addAction(action);
    connect(m_tagMenu, &QMenu::aboutToShow, field, [field] {
        field->clear();
        field->setFocus();
    });
    connect(field, &QLineEdit::textEdited, this, &QueryChips::askTags);
    connect(field, &QLineEdit::returnPressed, this, [this, field] {
        const QString name = field->text().trimmed();
        m_tagMenu->hide();
        if (!name.isEmpty())
            write(kTag, name);
    });
}

void QueryChips::askTags(const QString &typed)
{
    onReply(m_service.client().suggest(typed, kTagsMost), this,
            [this, number = ++m_number](const base::Result<QList<client::Suggestion>> &found) {
                if (number != m_number || !found)
                    return;
                QStringList tags;
                for (const client::Suggestion &each : *found) {
                    if (each.kind == QLatin1String("tag"))
                        tags.append(each.text);
                }
                m_tags->setStringList(tags);
            });
}

void QueryChips::makeDateMenu()
{
    m_dateMenu = new QMenu(this);
    auto *calendar = new QCalendarWidget;
    calendar->setAccessibleName(tr("Day to search at"));
    calendar->setMaximumDate(QDate::currentDate());
    auto *action = new QWidgetAction(m_dateMenu);
    action->setDefaultWidget(calendar);
    m_dateMenu->addAction(action);
    connect(m_dateMenu, &QMenu::aboutToShow, calendar, [calendar] {
        calendar->setMaximumDate(QDate::currentDate());
        calendar->setFocus();
    });
    const auto take = [this](QDate day) {
        m_dateMenu->hide();
        write(kDate, day.toString(Qt::ISODate));
    };
    // A click, and Enter.
    connect(calendar, &QCalendarWidget::clicked, this, take);
    connect(calendar, &QCalendarWidget::activated, this, take);
}

void QueryChips::chooseTag()
{
    popUp(m_tagMenu, m_tag);
}

void QueryChips::chooseDate()
{
    popUp(m_dateMenu, m_date);
}

} // namespace vexfs::gui
