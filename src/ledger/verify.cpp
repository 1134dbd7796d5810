#include "ledger/verify.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstring>
#include <future>
#include <set>
#include <span>
#include <thread>

#include "crypto/hash.h"
#include "crypto/jws.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "ledger/signers.h"

namespace sanjal::ledger {
namespace {

constexpr std::size_t window_bytes = 1U << 20U;  // what is read, hashed, taken apart and checked in one go: small enough for a core's own cache
constexpr std::size_t line_bytes_max = 4U << 20U;

Error wrong(std::string code, std::string message, std::string where = {}) { return {Fault::Invalid, std::move(code), std::move(message), std::move(where)}; }
Error wrong(std::string code, std::string message, std::int64_t line) { return wrong(std::move(code), std::move(message), "line " + std::to_string(line)); }

// A line of the export, taken apart.  It is used again for a line of the next window, whose entry finds its memory there.
struct Line {
    std::string_view text;
    std::int64_t number = 0;
    std::int64_t position = -1;
    std::vector<Bytes> proof;
    bool is_entry = false;
    crypto::Parsed entry;
    Head head;
    Bytes leaf;
    std::optional<crypto::PublicKey> signer;  // whose signature was found to be right
    // or a piece of a file
    std::string file;
    Bytes piece;
    bool last_piece = false;
    std::optional<Error> error;

    void begin(std::string_view of, std::int64_t at) {
        text = of;
        number = at;
        is_entry = false;
        proof.clear();
        signer.reset();
        error.reset();
    }
};

bool has_exactly(Json const& json, std::initializer_list<std::string_view> names) {
    return json.is_object() && json.members().size() == names.size() &&
           std::all_of(names.begin(), names.end(), [&](auto name) { return json.find(name) != nullptr; });
}

// {"at":12,"entry":"...","proof":["..."]} as write_export writes it, without a JSON parser: a compact entry and a hash are
// plain ASCII without anything to unescape.  Anything else is left to the parser, which says what is wrong with it.
struct LineForm {
    std::int64_t at = 0;
    std::string_view entry;
    std::vector<std::string_view> proof;
};

bool take(std::string_view& rest, std::string_view literal) {
    if (!rest.starts_with(literal)) return false;
    rest.remove_prefix(literal.size());
    return true;
}

// Up to the next quote, where nothing before it is to be unescaped.  Whether it is base64url is seen when it is decoded.
bool take_plain(std::string_view& rest, std::string_view& text) {
    auto const end = rest.find('"');
    if (end == std::string_view::npos) return false;
    text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return text.find('\\') == std::string_view::npos;
}

bool read_form(std::string_view rest, bool whole, LineForm& form) {
    if (!take(rest, "{\"at\":")) return false;
    auto const digits = rest.substr(0, rest.find(','));
    if (digits.empty() || digits.size() > 15 || (digits[0] == '0' && digits.size() > 1)) return false;
    auto const [end, wrong_number] = std::from_chars(digits.data(), digits.data() + digits.size(), form.at);
    if (wrong_number != std::errc() || end != digits.data() + digits.size() || digits[0] == '-') return false;
    rest.remove_prefix(digits.size());
    if (!take(rest, ",\"entry\":\"") || !take_plain(rest, form.entry)) return false;
    if (whole) return rest == "}";
    if (!take(rest, ",\"proof\":[")) return false;
    if (take(rest, "]}")) return rest.empty();
    do {
        if (!take(rest, "\"") || !take_plain(rest, form.proof.emplace_back()) || form.proof.size() > 64) return false;
    } while (take(rest, ","));
    return rest == "]}";
}

// What is read of a disclosure; of the others it is enough that they are sound.
bool is_read(std::string_view name) { return name == "head" || name == "use" || name == "kid" || name == "fields" || name.starts_with("file/"); }

Result<void> take_entry(Line& line, std::string_view compact) {
    SANJAL_DO(crypto::parse(compact, is_read, line.entry));
    SANJAL_TRY(line.head, head_of(line.entry));
    line.leaf = crypto::leaf_hash(line.entry.signed_part);
    line.is_entry = true;
    return {};
}

Result<void> take_hash(Line& line, std::string_view text) {
    SANJAL_TRY(auto bytes, from_base64url(text));
    if (bytes.size() != crypto::hash_size) return fail(Fault::Invalid, "export.proof", "A proof is not one.");
    line.proof.push_back(std::move(bytes));
    return {};
}

Result<void> take_apart(Line& line, bool whole) {
    if (LineForm form; read_form(line.text, whole, form)) {
        line.position = form.at;
        for (auto const hash : form.proof) SANJAL_DO(take_hash(line, hash));
        return take_entry(line, form.entry);
    }
    SANJAL_TRY(auto json, parse_json(line.text, {line_bytes_max, 16}));
    if (json.find("file") != nullptr) {
        if (!has_exactly(json, {"file", "data", "last"}) || !json.find("file")->is_text() || !json.find("data")->is_text() || !json.find("last")->is_bool()) {
            return fail(Fault::Invalid, "export.line", "A line is not what it should be.");
        }
        line.file = json.find("file")->text();
        SANJAL_TRY(line.piece, from_base64url(json.find("data")->text()));
        line.last_piece = json.find("last")->boolean();
        return {};
    }
    bool const shaped = whole ? has_exactly(json, {"at", "entry"}) : has_exactly(json, {"at", "entry", "proof"});
    if (!shaped || !json.find("at")->is_integer() || !json.find("entry")->is_text()) return fail(Fault::Invalid, "export.line", "A line is not what it should be.");
    line.position = json.find("at")->integer();
    if (!whole) {
        auto const* proof = json.find("proof");
        if (!proof->is_list() || proof->items().size() > 64) return fail(Fault::Invalid, "export.proof", "A proof is not one.");
        for (auto const& hash : proof->items()) {
            if (!hash.is_text()) return fail(Fault::Invalid, "export.proof", "A proof is not one.");
            SANJAL_DO(take_hash(line, hash.text()));
        }
    }
    return take_entry(line, json.find("entry")->text());
}

class Verifier {
public:
    explicit Verifier(VerifyOptions const& options) : options_(options), signers_(std::string()) {}

    Result<void> header(std::string_view text) {
        SANJAL_TRY(auto const json, parse_json(text, {line_bytes_max, 8}));
        if (!has_exactly(json, {"export", "node", "origin", "mode", "made", "by", "purpose", "checkpoint"})) {
            return fail(wrong("export.header", "This is not a Sanjal export: its first line is another one.", "line 1"));
        }
        for (auto const& [name, value] : json.members()) {
            if (!value.is_text()) return fail(wrong("export.header", "The first line is not what it should be.", "line 1"));
        }
        if (json.text_at("export") != "sanjal/1") return fail(wrong("export.version", "This export is of a version that this program does not know.", "line 1"));
        node_ = json.text_at("node");
        origin_ = json.text_at("origin");
        whole_ = json.text_at("mode") == "whole";
        if (!whole_ && json.text_at("mode") != "records") return fail(wrong("export.header", "The first line is not what it should be.", "line 1"));
        if (!options_.expected_node.empty() && options_.expected_node != node_) return fail(wrong("export.other_node", "This export is of another node than the one expected.", "line 1"));
        if (origin_.substr(0, node_.size() + 1) != node_ + "/") return fail(wrong("export.header", "The origin is not this node's.", "line 1"));
        SANJAL_TRY(note_, crypto::parse_note(json.text_at("checkpoint")));
        SANJAL_TRY(checkpoint_, crypto::parse_checkpoint(note_.text));
        if (checkpoint_.origin != origin_) return fail(wrong("export.origin", "The checkpoint is of another log.", "line 1"));
        signers_ = Signers(node_);
        made_ = json.text_at("made");
        purpose_ = json.text_at("purpose");
        by_ = json.text_at("by");
        return {};
    }

    Result<void> window(std::span<Line> lines) {
        in_parallel(lines.size(), options_.threads, [&](std::size_t i) { take_apart_and_check(lines[i]); });
        // Keys are learned in order, and each entry's key is the one that was good where it stands.  Nearly always it is the one
        // under which the signature was just found right; the others are checked now, side by side.
        std::vector<std::pair<Line*, crypto::PublicKey>> others;
        for (auto& line : lines) {
            auto const in_order = [&]() -> Result<void> {
                if (line.error) return fail(*line.error);
                if (!line.is_entry) return file_piece(line);
                SANJAL_DO(place(line));
                SANJAL_TRY(auto const key, signers_.key_for(line.entry, line.position));
                if (line.entry.claims.jwk && line.head.verb != "key.introduced") return fail(wrong("key.misplaced", "An entry shows a key that it does not introduce."));
                if (line.head.verb.starts_with("key.")) {
                    SANJAL_DO(check_signature(line, key));
                    SANJAL_DO(signers_.learn(line.entry, line.position));
                }
                if (line.signer != key) others.emplace_back(&line, key);
                return count(line);
            }();
            if (!in_order) return fail(wrong(in_order.error().code, in_order.error().message, line.number));
        }
        in_parallel(others.size(), options_.threads, [&](std::size_t i) {
            auto& [line, key] = others[i];
            if (auto const right = check_signature(*line, key); !right) line->error = right.error();
        });
        for (auto const& [line, key] : others) {
            if (line->error) return fail(wrong(line->error->code, line->error->message, line->number));
        }
        for (auto const& line : lines) {
            if (whole_ && line.is_entry) frontier_.append(line.leaf);
        }
        return {};
    }

    Result<void> finish(std::string_view last_line, std::string_view digest, std::int64_t bytes, std::int64_t lines) {
        std::string const where = "line " + std::to_string(lines + 1);
        if (file_open_) return fail(wrong("export.file", "A file is cut short.", where));
        SANJAL_TRY(auto const json, parse_json(last_line, {line_bytes_max, 8}));
        if (!has_exactly(json, {"manifest"}) || !json.find("manifest")->is_text() || write_json(json) != last_line) {
            return fail(wrong("export.unclosed", "This export is cut short: the manifest that closes it is missing.", where));
        }
        SANJAL_TRY(auto const jws, crypto::parse_jws(json.find("manifest")->text(), "manifest+jwt"));
        auto const* signer = signers_.find(jws.kid);
        if (signer == nullptr || signer->use != "entry" || signer->retired) return fail(wrong("export.manifest_key", "The manifest is signed by a key that is not this node's.", where));
        if (!crypto::verify_jws(jws, signer->key)) return fail(wrong("export.manifest_signature", "The signature of the manifest is not right.", where));
        if (!has_exactly(jws.payload, {"iss", "iat", "lines", "bytes", "sha256"}) || jws.payload.text_at("iss") != node_ || jws.payload.integer_at("lines", -1) != lines ||
            jws.payload.integer_at("bytes", -1) != bytes || jws.payload.text_at("sha256") != digest) {
            return fail(wrong("export.changed", "Something in this file was changed after it was made.", where));
        }
        SANJAL_TRY(auto const checkpoint_key, signers_.newest("checkpoint"));
        if (!crypto::verify_note(note_, origin_, checkpoint_key)) return fail(wrong("export.checkpoint", "The checkpoint's signature is not right.", "line 1"));
        if (whole_ && (frontier_.size() != checkpoint_.size || frontier_.root() != checkpoint_.root)) {
            return fail(wrong("export.root", "These entries are not the ones that the checkpoint was signed for.", where));
        }
        if (entries_ == 0) return fail(wrong("export.empty", "There is nothing in this export.", where));
        for (auto const& [id, wanted] : files_wanted_) {
            auto const found = files_.find(id);
            if (found != files_.end() && found->second != wanted) return fail(wrong("export.file_changed", "A file is not the one that was recorded.", where));
        }
        for (auto const& [id, hash] : files_) {
            if (files_wanted_.count(id) == 0) return fail(wrong("export.file_unknown", "A file stands here that no shown entry records.", where));
        }
        return {};
    }

    Json answer() const {
        Json erased = Json::list();
        for (auto const& one : erased_) erased.push_back(one);
        return Json::object({{"node", node_}, {"origin", origin_}, {"mode", whole_ ? "whole" : "records"}, {"made", made_}, {"by", by_}, {"purpose", purpose_},
                             {"size", static_cast<std::int64_t>(checkpoint_.size)}, {"root", to_base64url(checkpoint_.root)}, {"entries", entries_},
                             {"records", static_cast<std::int64_t>(records_.size())}, {"disclosed", disclosed_}, {"keys", static_cast<std::int64_t>(signers_.size())},
                             {"files", static_cast<std::int64_t>(files_.size())}, {"first_signed", first_iat_}, {"last_signed", last_iat_}, {"erased", std::move(erased)}});
    }

private:
    // What needs no other line: any thread.
    void take_apart_and_check(Line& line) const {
        if (auto const taken = take_apart(line, whole_); !taken) {
            line.error = taken.error();
            return;
        }
        if (!line.is_entry) return;
        auto const* const known = signers_.find(line.entry.claims.kid);
        if (known != nullptr && check_signature(line, known->key)) line.signer = known->key;
        bool const in_range = line.position >= 0 && line.position < static_cast<std::int64_t>(checkpoint_.size);
        if (!whole_ && in_range && !crypto::verify_inclusion(line.leaf, static_cast<std::uint64_t>(line.position), checkpoint_.size, line.proof, checkpoint_.root)) {
            line.error = wrong("entry.inclusion", "An entry is not in the tree where it says that it is.");
        }
    }

    static Result<void> check_signature(Line const& line, crypto::PublicKey const& key) {
        if (!crypto::verify(line.entry, key)) return fail(wrong("entry.signature", "A signature is not right."));
        return {};
    }

    Result<void> place(Line const& line) {
        if (file_open_) return fail(wrong("export.file", "A file is cut short."));
        if (line.position <= last_position_ || line.position >= static_cast<std::int64_t>(checkpoint_.size)) {
            return fail(wrong("export.order", "Entries are not in their order, or lie beyond the checkpoint."));
        }
        if (whole_ && line.position != last_position_ + 1) return fail(wrong("export.missing", "An entry is missing."));
        last_position_ = line.position;
        return {};
    }

    Result<void> count(Line const& line) {
        ++entries_;
        disclosed_ += static_cast<std::int64_t>(line.entry.shown);
        records_.insert(line.head.record);
        auto const iat = line.entry.claims.iat;
        if (entries_ == 1 || iat < first_iat_) first_iat_ = iat;
        if (iat > last_iat_) last_iat_ = iat;
        if (line.head.verb == "record.erased") {
            auto const* fields = line.entry.find("fields");
            erased_.push_back(Json::object({{"record", line.head.record}, {"by_entry", line.position}, {"by", line.head.actor},
                                            {"fields", fields != nullptr ? fields->value : Json()}}));
        }
        if (line.head.verb == "file.attached") {
            for (auto const& disclosure : line.entry.disclosures) {
                if (disclosure.name.starts_with("file/")) files_wanted_[disclosure.name.substr(5)] = disclosure.value.text_at("sha256");
            }
        }
        return {};
    }

    Result<void> file_piece(Line const& line) {
        if (!file_open_) {
            if (files_.count(line.file) > 0) return fail(wrong("export.file", "A file stands here twice."));
            file_open_ = true;
            file_ = line.file;
            file_hash_ = crypto::Sha256();
        }
        if (line.file != file_) return fail(wrong("export.file", "The pieces of two files are mixed."));
        file_hash_.update(line.piece);
        if (line.last_piece) {
            files_[file_] = to_base64url(file_hash_.finish());
            file_open_ = false;
        }
        return {};
    }

    VerifyOptions options_;
    Signers signers_;
    std::string node_, origin_, made_, purpose_, by_;
    bool whole_ = false;
    crypto::Note note_;
    crypto::Checkpoint checkpoint_;
    crypto::Frontier frontier_;
    std::int64_t last_position_ = -1;
    std::int64_t entries_ = 0, disclosed_ = 0, first_iat_ = 0, last_iat_ = 0;
    std::set<std::string> records_;
    std::vector<Json> erased_;
    std::map<std::string, std::string> files_wanted_, files_;
    bool file_open_ = false;
    std::string file_;
    crypto::Sha256 file_hash_;
};

// An export in windows of whole lines, with the SHA-256, the number and the length of all lines before the last one.  That one
// closes the export, and is held back until the stream has ended.
class Windows {
public:
    explicit Windows(ReadSome const& read_some) : read_some_(read_some) {}

    struct Window {
        std::string text;
        std::vector<Line> lines;  // views of it; more than there are, where an earlier window had more
        std::size_t count = 0;

        void add(std::string_view line, std::int64_t number) {
            if (count == lines.size()) lines.emplace_back();
            lines[count++].begin(line, number);
        }
    };

    // Fills the window, over what it held before.  False: there is nothing more, and last_line() is known.
    Result<bool> next(Window& window) {
        window.count = 0;
        window.text.swap(rest_);
        rest_.clear();
        SANJAL_DO(read_lines(window.text));
        auto const last_end = window.text.rfind('\n');
        auto const last_line = last_end == std::string::npos || last_end == 0 ? 0 : window.text.rfind('\n', last_end - 1) + 1;
        rest_.assign(window.text, last_line, std::string::npos);
        window.text.resize(last_line);
        hash_.update(window.text);
        bytes_ += static_cast<std::int64_t>(last_line);
        for (std::string_view text = window.text; !text.empty();) {
            auto const end = text.find('\n');
            if (end > line_bytes_max) return fail(too_long());
            window.add(text.substr(0, end), ++count_);
            text.remove_prefix(end + 1);
        }
        return window.count > 0;
    }

    [[nodiscard]] std::string_view last_line() const { return std::string_view(rest_).substr(0, rest_.find('\n')); }
    [[nodiscard]] Bytes digest() { return hash_.finish(); }
    [[nodiscard]] std::int64_t bytes() const { return bytes_; }
    [[nodiscard]] std::int64_t count() const { return count_; }

private:
    static Error too_long() { return wrong("export.line_too_long", "A line is too long."); }

    // Until there is a window of text with two lines' ends in it, or the stream has ended.
    Result<void> read_lines(std::string& text) {
        constexpr std::size_t at_once = 1U << 18U;
        while (!ended_ && (text.size() < window_bytes || text.find('\n') == text.rfind('\n'))) {
            if (text.size() > 2 * (line_bytes_max + 1)) return fail(too_long());
            std::size_t const had = text.size();
            text.resize(had + at_once);
            SANJAL_TRY(auto const got, read_some_(text.data() + had, at_once));
            text.resize(had + got);
            ended_ = got == 0;
        }
        if (ended_ && !text.empty() && text.back() != '\n') return fail(wrong("export.unclosed", "This export is cut short."));
        return {};
    }

    ReadSome const& read_some_;
    std::string rest_;
    bool ended_ = false;
    crypto::Sha256 hash_;
    std::int64_t bytes_ = 0;
    std::int64_t count_ = 0;
};

Result<Json> run(ReadSome const& read_some, VerifyOptions const& options) {
    Windows windows(read_some);
    Verifier verifier(options);
    Windows::Window window;
    SANJAL_TRY(bool more, windows.next(window));
    if (!more) return fail(windows.last_line().empty() ? wrong("export.empty", "This file is empty.") : wrong("export.unclosed", "This is not a Sanjal export, or it is cut short.", 1));
    SANJAL_DO(verifier.header(window.lines.front().text));
    std::size_t header = 1;
    for (Windows::Window following; more; std::swap(window, following), header = 0) {
        // Lines are read and hashed while those before them are verified.
        std::int64_t const so_far = windows.count();
        auto next = std::async(options.threads == 1 ? std::launch::deferred : std::launch::async, [&] { return windows.next(following); });
        auto const verified = verifier.window(std::span(window.lines).first(window.count).subspan(header));
        auto const is_more = next.get();
        SANJAL_DO(verified);
        SANJAL_TRY(more, is_more);
        if (options.progress) options.progress(so_far);
    }
    SANJAL_DO(verifier.finish(windows.last_line(), to_base64url(windows.digest()), windows.bytes(), windows.count()));
    return verifier.answer();
}

}  // namespace

void in_parallel(std::size_t count, unsigned threads, std::function<void(std::size_t)> const& f) {
    constexpr std::size_t chunk = 8;
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    if (threads == 1 || count <= chunk) {
        for (std::size_t i = 0; i < count; ++i) f(i);
        return;
    }
    std::atomic<std::size_t> next{0};
    auto const work = [&] {
        for (std::size_t from = next.fetch_add(chunk); from < count; from = next.fetch_add(chunk)) {
            for (std::size_t i = from; i < std::min(count, from + chunk); ++i) f(i);
        }
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
    work();
    for (auto& other : others) other.join();
}

Verdict verify_export(ReadSome const& read_some, VerifyOptions const& options) {
    Verdict verdict;
    auto answer = run(read_some, options);
    if (answer) {
        verdict.accepted = true;
        verdict.answer = std::move(*answer);
    } else {
        verdict.why = answer.error().message;
        verdict.where = answer.error().where;
        verdict.answer = Json::object({{"code", answer.error().code}});
    }
    return verdict;
}

Verdict verify_export(std::string_view bytes, VerifyOptions const& options) {
    std::size_t at = 0;
    return verify_export(
        [&](char* buffer, std::size_t size) -> Result<std::size_t> {
            std::size_t const take = std::min(size, bytes.size() - at);
            std::memcpy(buffer, bytes.data() + at, take);
            at += take;
            return take;
        },
        options);
}

}  // namespace sanjal::ledger
