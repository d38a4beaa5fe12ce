// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/remote/http_embedder.h - a model behind an HTTP endpoint. Text leaves the machine
// when the endpoint is not on it: nothing here is used unless a person has asked for it.
//
// Dialects: OpenAI's POST /v1/embeddings, which many servers speak, and Ollama's POST /api/embed.
#pragma once

#include "daemon/embed/embedder.h"

#include <QString>

#include <chrono>
#include <functional>
#include <memory>

namespace vexfs::daemon {

struct HttpEndpoint
{
    enum class Dialect { OpenAi, Ollama } dialect = Dialect::OpenAi;
    QString url;   ///< whole, http: or https:
    QString model; ///< as the endpoint calls it
    /// A file with the key for the Authorization header; empty for none. Only its owner may read
    /// it.
    QString keyFile;
    std::chrono::milliseconds timeout{30'000};     ///< of one request
    std::chrono::milliseconds queryTimeout{5'000}; ///< of one for a search, which is not repeated
    std::chrono::milliseconds firstPause{500}; ///< before a request is repeated; then twice as long
    /// Asked while waiting, from the waiting thread; true ends the request with Cancelled.
    std::function<bool()> isCancelled;
};

class HttpEmbedder : public Embedder
{
public:
    /// Asks the endpoint for one vector, which tells the dimension. Fails with InvalidArgs (the
    /// endpoint's description), NotFound or NotAuthorized (the key), and as embed() does.
    static base::Result<std::shared_ptr<HttpEmbedder>> open(const HttpEndpoint &endpoint);

    QByteArray id() const override { return m_id; }
    uint32_t dimension() const override { return m_dimension; }
    double relevanceFloor() const override { return 0.1; } // learnt from a volume's own scores
    double slotFloor() const override { return 0.5; }
    double hybridWeight() const override { return 1.0; }
    bool knowsWord(const std::string &) const override { return true; }
    /// Requests of up to 32 texts; what may pass by itself is tried three times, for passages: who
    /// searches is not kept waiting. Fails with Cancelled, ServiceUnavailable (nobody answers, 429,
    /// 5xx), TimedOut, NotAuthorized (401, 403), NoModel (another refusal, with what the endpoint
    /// says), InvalidVector (other dimensions or numbers that are none).
    base::Result<QVector<std::vector<float>>> embed(const QVector<std::string_view> &texts,
                                                    EmbedPurpose purpose) const override;

private:
    explicit HttpEmbedder(HttpEndpoint endpoint) : m_endpoint(std::move(endpoint)) {}

    HttpEndpoint m_endpoint;
    QByteArray m_key;
    QByteArray m_id;
    uint32_t m_dimension = 0;

    base::Status readKey();
    base::Result<QVector<std::vector<float>>> ask(const QVector<std::string_view> &texts,
                                                  EmbedPurpose purpose) const;
    base::Result<QByteArray> post(const QByteArray &body, std::chrono::milliseconds timeout,
                                  bool *mayPass) const;
    bool isCancelled() const { return m_endpoint.isCancelled && m_endpoint.isCancelled(); }
    base::Result<QVector<std::vector<float>>> decode(const QByteArray &body, qsizetype count) const;
};

} // namespace vexfs::daemon
