// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/model_choice.h"

#include "common/base/file_uri.h"
#include "daemon/embed/local/local_embedder.h"
#include "daemon/embed/remote/http_embedder.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSaveFile>
#include <QUrl>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

struct KindWord
{
    ModelChoice::Kind kind;
    const char *word;
};
constexpr std::array kKinds{KindWord{ModelChoice::Kind::Builtin, "builtin"},
                            KindWord{ModelChoice::Kind::Folder, "folder"},
                            KindWord{ModelChoice::Kind::OpenAi, "openai"},
                            KindWord{ModelChoice::Kind::Ollama, "ollama"}};

class LaterEmbedder : public Embedder
{
    using Clock = std::chrono::steady_clock;

public:
    LaterEmbedder(ModelChoice choice, const base::Error &why, std::chrono::milliseconds pause)
        : m_choice(std::move(choice)), m_pause(pause), m_model(tl::unexpected(why)),
          m_nextTry(Clock::now() + pause)
    {
    }
    ~LaterEmbedder() override
    {
        m_isEnding = true;
        if (m_thread.joinable())
            m_thread.join();
    }

    QByteArray id() const override { return m_choice.id; }
    uint32_t dimension() const override { return m_choice.dimension; }
    double relevanceFloor() const override
    {
        const auto model = opened();
        return model ? (*model)->relevanceFloor() : 0.0;
    }
    double slotFloor() const override
    {
        const auto model = opened();
        return model ? (*model)->slotFloor() : 1.0;
    }
    double hybridWeight() const override
    {
        const auto model = opened();
        return model ? (*model)->hybridWeight() : 1.0;
    }
    bool knowsWord(const std::string &folded) const override
    {
        const auto model = opened();
        return model && (*model)->knowsWord(folded);
    }
    Result<QVector<std::vector<float>>> embed(const QVector<std::string_view> &texts,
                                              EmbedPurpose purpose) const override
    {
        const auto model = opened();
        if (!model)
            return tl::unexpected(model.error());
        return (*model)->embed(texts, purpose);
    }

private:
    const ModelChoice m_choice;
    const std::chrono::milliseconds m_pause;
    std::atomic<bool> m_isEnding{false};
    mutable std::mutex m_mutex; ///< guards what follows
    mutable Result<std::shared_ptr<Embedder>> m_model;
    mutable Clock::time_point m_nextTry;
    mutable bool m_isTrying = false;
    mutable std::thread m_thread;

    Result<std::shared_ptr<Embedder>> opened() const
    {
        const std::lock_guard guard(m_mutex);
        if (!m_model && !m_isTrying && Clock::now() >= m_nextTry) {
            // The one before is past its last use of what this object has.
            if (m_thread.joinable())
                m_thread.join();
            m_isTrying = true;
            m_thread = std::thread([this] { tryAgain(); });
        }
        return m_model;
    }
    void tryAgain() const
    {
        auto opened = m_choice.open([this] { return m_isEnding.load(); });
        if (opened
            && ((*opened)->id() != m_choice.id || (*opened)->dimension() != m_choice.dimension)) {
            opened = fail(Errc::NoModel,
                          QStringLiteral("there is another model in %1 than the one that the "
                                         "files were embedded by; choose it anew with: vexctl "
                                         "index model")
                              .arg(m_choice.place));
        }
        const std::lock_guard guard(m_mutex);
        m_model = std::move(opened);
        m_nextTry = Clock::now() + m_pause;
        m_isTrying = false;
    }
};

QString fileIn(const QString &directory)
{
    return directory + QStringLiteral("/model.json");
}

Result<QString> folderOf(const QString &model)
{
    if (!model.startsWith(QLatin1String("file:")))
        return QDir::cleanPath(model);
    const auto path = base::pathFromUri(model);
    if (!path)
        return tl::unexpected(path.error());
    return QDir::cleanPath(QFile::decodeName(*path));
}

} // namespace

Result<ModelChoice> ModelChoice::make(const QString &model, const QString &name,
                                      const QString &dialect, const QString &keyFile)
{
    ModelChoice out;
    const bool isAddress =
        model.startsWith(QLatin1String("http:")) || model.startsWith(QLatin1String("https:"));
    if (!isAddress && !(name.isEmpty() && dialect.isEmpty() && keyFile.isEmpty())) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("A name, dialect or key is for models behind an address only"));
    }
    if (model == QLatin1String("builtin"))
        return out;
    if (isAddress) {
        const bool isOllama = dialect.isEmpty() ? model.endsWith(QLatin1String("/api/embed"))
                                                : dialect == QLatin1String("ollama");
        if (!dialect.isEmpty() && !isOllama && dialect != QLatin1String("openai")) {
            return fail(
                Errc::InvalidArgs,
                QStringLiteral("\"%1\" is neither of the dialects openai and ollama").arg(dialect));
        }
        if (name.isEmpty()) {
            return fail(Errc::InvalidArgs,
                        QStringLiteral("The model behind %1 has to be named").arg(model));
        }
        out.kind = isOllama ? Kind::Ollama : Kind::OpenAi;
        out.place = model;
        out.model = name;
        out.keyFile = keyFile;
        return out;
    }
    const Result<QString> folder = folderOf(model);
    if (!folder || !QDir::isAbsolutePath(*folder)) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("\"%1\" is no model: say builtin, the absolute path of a "
                                   "model's folder, or an http: or https: address")
                        .arg(model));
    }
    out.kind = Kind::Folder;
    out.place = *folder;
    return out;
}

Result<ModelChoice> ModelChoice::load(const QString &directory)
{
    QFile file(fileIn(directory));
    if (!file.exists())
        return ModelChoice();
    const auto damaged = [&] {
        return fail(Errc::Corrupt, QStringLiteral("%1 does not say which model was chosen; choose "
                                                  "it again with: vexctl index model NAME")
                                       .arg(file.fileName()));
    };
    if (!file.open(QIODevice::ReadOnly))
        return damaged();
    auto out = fromJson(QJsonDocument::fromJson(file.readAll()).object());
    if (!out || out->isBuiltin())
        return damaged();
    return std::move(*out);
}

std::optional<ModelChoice> ModelChoice::fromJson(const QJsonObject &json)
{
    ModelChoice out;
    const QString word = json[QLatin1String("kind")].toString();
    const auto *const kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindWord &each) {
        return word == QLatin1String(each.word);
    });
    if (kind == kKinds.end())
        return std::nullopt;
    out.kind = kind->kind;
    out.place = json[QLatin1String("place")].toString();
    out.model = json[QLatin1String("model")].toString();
    out.keyFile = json[QLatin1String("key-file")].toString();
    out.id = json[QLatin1String("id")].toString().toLatin1();
    out.dimension = uint32_t(json[QLatin1String("dimension")].toInt());
    if (!out.isBuiltin() && (out.place.isEmpty() || out.id.isEmpty() || out.dimension == 0))
        return std::nullopt;
    return out;
}

QJsonObject ModelChoice::toJson() const
{
    QJsonObject json{{QStringLiteral("place"), place},
                     {QStringLiteral("model"), model},
                     {QStringLiteral("key-file"), keyFile},
                     {QStringLiteral("id"), QString::fromLatin1(id)},
                     {QStringLiteral("dimension"), int(dimension)}};
    for (const KindWord &each : kKinds) {
        if (each.kind == kind)
            json.insert(QStringLiteral("kind"), QLatin1String(each.word));
    }
    return json;
}

Status ModelChoice::save(const QString &directory) const
{
    const QString path = fileIn(directory);
    if (isBuiltin()) {
        if (QFile::exists(path) && !QFile::remove(path))
            return fail(Errc::Failed, QStringLiteral("cannot remove %1").arg(path));
        return {};
    }
    QSaveFile file(path);
    const QByteArray bytes = QJsonDocument(toJson()).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return fail(Errc::Failed,
                    QStringLiteral("cannot write %1: %2").arg(path, file.errorString()));
    }
    return {};
}

bool ModelChoice::leavesMachine() const
{
    if (kind != Kind::OpenAi && kind != Kind::Ollama)
        return false;
    static const QRegularExpression own(
        QStringLiteral("^(localhost|::1|127(\\.\\d{1,3}){3})$"));
    return !own.match(QUrl(place).host()).hasMatch();
}

Result<std::shared_ptr<Embedder>> ModelChoice::open(std::function<bool()> isCancelled) const
{
    if (kind == Kind::Folder) {
        auto local = LocalEmbedder::open(place);
        if (!local)
            return tl::unexpected(local.error());
        return std::shared_ptr<Embedder>(std::move(*local));
    }
    HttpEndpoint endpoint;
    endpoint.dialect =
        kind == Kind::Ollama ? HttpEndpoint::Dialect::Ollama : HttpEndpoint::Dialect::OpenAi;
    endpoint.url = place;
    endpoint.model = model;
    endpoint.keyFile = keyFile;
    endpoint.isCancelled = std::move(isCancelled);
    auto remote = HttpEmbedder::open(endpoint);
    if (!remote)
        return tl::unexpected(remote.error());
    return std::shared_ptr<Embedder>(std::move(*remote));
}

std::shared_ptr<Embedder> ModelChoice::openLater(const base::Error &why,
                                                 std::chrono::milliseconds pause) const
{
    return std::make_shared<LaterEmbedder>(*this, why, pause);
}

} // namespace vexfs::daemon
