// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/formats.h"

#include <nlohmann/json.hpp>

namespace vexfs::extract {

namespace {

using Json = nlohmann::json;

// Names and values as they come. The parser keeps its own stack, so that depth costs no more than
// memory.
class JsonReader : public nlohmann::json_sax<Json>
{
public:
    explicit JsonReader(Output &out) : m_out(out) {}

    bool null() override { return true; }
    bool boolean(bool value) override { return add(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return add(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value)); }
    bool number_float(number_float_t, const string_t &written) override { return add(written); }
    bool string(string_t &value) override { return add(value); }
    bool binary(binary_t &) override { return true; }
    bool start_object(std::size_t) override
    {
        m_key.clear();
        // Of a list, each record.
        if (m_depth++ == 1)
            m_out.markBlock();
        return true;
    }
    bool key(string_t &name) override
    {
        m_key = name;
        return true;
    }
    bool end_object() override
    {
        --m_depth;
        m_key.clear();
        return true;
    }
    bool start_array(std::size_t) override
    {
        ++m_depth;
        return true;
    }
    bool end_array() override
    {
        --m_depth;
        m_key.clear();
        return true;
    }
    bool parse_error(std::size_t, const std::string &, const nlohmann::detail::exception &) override
    {
        return false;
    }

private:
    bool add(std::string_view value)
    {
        if (!m_key.empty()) {
            m_out.addText(m_key);
            m_out.addText(": ");
        }
        m_out.addText(value);
        m_out.endLine();
        return true;
    }

    Output &m_out;
    std::string m_key;
    uint64_t m_depth = 0;
};

} // namespace

void extractJson(std::string_view bytes, Output &out)
{
    const std::string text = decodeText(bytes);
    // First whether it is JSON: what was added cannot be taken back.
    if (!Json::accept(text))
        return out.addText(text);
    JsonReader reader(out);
    Json::sax_parse(text, &reader);
}

} // namespace vexfs::extract
