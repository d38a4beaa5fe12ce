// SPDX-License-Identifier: Apache-2.0
//
// gui/models/explain/file_explainer.h - why a search finds a file, or does not, in a sentence.
#pragma once

#include "gui/models/service.h"

namespace vexfs::gui {

/// Owner: a page; lives in the GUI thread. What was asked for last counts.
class FileExplainer : public QObject
{
    Q_OBJECT

public:
    explicit FileExplainer(Service &service, QObject *parent = nullptr);

    /// query: empty, or what the file should have been found by.
    void ask(const QString &uri, const QString &query);

Q_SIGNALS:
    void told(const QString &sentence);

private:
    Service &m_service;
    quint64 m_number = 0; ///< of the question that counts
};

/// name: of the file, as it is shown. report: as Index.Explain gives it.
QString explanationOf(const QString &name, const QVariantMap &report);

} // namespace vexfs::gui
