#include "ledger/verify.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstring>
#include <future>
#include <set>
#include <thread>

#include "crypto/hash.h"
#include "crypto/jws.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "ledger/signers.h"

namespace sanjal::ledger {
namespace {

constexpr std::size_t window_lines = 4096;
constexpr std::size_t window_bytes = 16U << 20U;  // so that memory stays bounded whatever the lines are
constexpr std::size_t line_bytes_max = 4U << 20U;

Error wrong(std::string code, std::string message, std::string where) { return {Fault::Invalid, std::move(code), std::move(message), std::move(where)}; }

// A line of the export, taken apart.
struct Line {
    std::string text;
    std::int64_t number = 0;
    std::int64_t position = -1;
    std::vector<Bytes> proof;
    std::optional<crypto::Parsed> entry;
    std::optional<Head> head;
    Bytes leaf;
    // or a piece of a file
    std::string file;
    Bytes piece;
    bool last_piece = false;
    std::optional<Error> error;
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

// Up to the next quote, of the characters that stand in base64url and between the parts of an entry.
bool take_plain(std::string_view& rest, std::string_view& text) {
    static constexpr auto plain = [] {
        std::array<bool, 256> of{};
        for (char const* c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"; *c != 0; ++c) of[static_cast<unsigned char>(*c)] = true;
        return of;
    }();
    std::size_t end = 0;
    while (end < rest.size() && plain[static_cast<unsigned char>(rest[end])]) ++end;
    text = rest.substr(0, end);
    rest.remove_prefix(end);
    return take(rest, "\"");
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

Result<void> take_entry(Line& line, std::string_view compact) {
    SANJAL_TRY(auto parsed, crypto::parse(compact));
    SANJAL_TRY(line.head, head_of(parsed));
    line.leaf = crypto::leaf_hash(parsed.signed_part);
    line.entry = std::move(parsed);
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

    Result<void> header(std::string const& text) {
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

    Result<void> window(std::vector<Line>& lines) {
        in_parallel(lines.size(), options_.threads, [&](std::size_t i) {
            auto const taken = take_apart(lines[i], whole_);
            if (!taken) lines[i].error = taken.error();
        });
        // Keys are learned in order, each entry's key looked up, and then all signatures are checked side by side.
        std::vector<std::optional<crypto::PublicKey>> keys(lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            auto& line = lines[i];
            std::string const where = "line " + std::to_string(line.number);
            if (line.error) return fail(wrong(line.error->code, line.error->message, where));
            if (!line.entry) {
                SANJAL_DO(file_piece(line, where));
                continue;
            }
            if (file_open_) return fail(wrong("export.file", "A file is cut short.", where));
            if (line.position <= last_position_ || line.position >= static_cast<std::int64_t>(checkpoint_.size)) {
                return fail(wrong("export.order", "Entries are not in their order, or lie beyond the checkpoint.", where));
            }
            if (whole_ && line.position != last_position_ + 1) return fail(wrong("export.missing", "An entry is missing.", where));
            last_position_ = line.position;
            auto key = signers_.key_for(*line.entry, line.position);
            if (!key) return fail(wrong(key.error().code, key.error().message, where));
            keys[i] = *key;
            bool const about_keys = line.head->verb.substr(0, 4) == "key.";
            if (line.entry->claims.jwk && line.head->verb != "key.introduced") return fail(wrong("key.misplaced", "An entry shows a key that it does not introduce.", where));
            if (about_keys) {
                if (!crypto::verify(*line.entry, *key)) return fail(wrong("entry.signature", "A signature is not right.", where));
                auto const learned = signers_.learn(*line.entry, line.position);
                if (!learned) return fail(wrong(learned.error().code, learned.error().message, where));
            }
            SANJAL_DO(count(line));
        }
        in_parallel(lines.size(), options_.threads, [&](std::size_t i) {
            auto& line = lines[i];
            if (!line.entry) return;
            if (!crypto::verify(*line.entry, *keys[i])) {
                line.error = wrong("entry.signature", "A signature is not right.", {});
            } else if (!whole_ && !crypto::verify_inclusion(line.leaf, static_cast<std::uint64_t>(line.position), checkpoint_.size, line.proof, checkpoint_.root)) {
                line.error = wrong("entry.inclusion", "An entry is not in the tree where it says that it is.", {});
            }
        });
        for (auto const& line : lines) {
            if (line.error) return fail(wrong(line.error->code, line.error->message, "line " + std::to_string(line.number)));
            if (whole_ && line.entry) frontier_.append(line.leaf);
        }
        return {};
    }

    Result<void> finish(std::string const& last_line, std::string_view digest, std::int64_t bytes, std::int64_t lines) {
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
    Result<void> count(Line const& line) {
        ++entries_;
        disclosed_ += static_cast<std::int64_t>(line.entry->disclosures.size());
        records_.insert(line.head->record);
        auto const iat = line.entry->claims.iat;
        if (entries_ == 1 || iat < first_iat_) first_iat_ = iat;
        if (iat > last_iat_) last_iat_ = iat;
        if (line.head->verb == "record.erased") {
            auto const* fields = line.entry->find("fields");
            erased_.push_back(Json::object({{"record", line.head->record}, {"by_entry", line.position}, {"by", line.head->actor},
                                            {"fields", fields != nullptr ? fields->value : Json()}}));
        }
        if (line.head->verb == "file.attached") {
            for (auto const& disclosure : line.entry->disclosures) {
                if (disclosure.name.starts_with("file/")) files_wanted_[disclosure.name.substr(5)] = disclosure.value.text_at("sha256");
            }
        }
        return {};
    }

    Result<void> file_piece(Line const& line, std::string const& where) {
        if (!file_open_) {
            if (files_.count(line.file) > 0) return fail(wrong("export.file", "A file stands here twice.", where));
            file_open_ = true;
            file_ = line.file;
            file_hash_ = crypto::Sha256();
        }
        if (line.file != file_) return fail(wrong("export.file", "The pieces of two files are mixed.", where));
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

// Lines of a stream, with the SHA-256 and the length of all bytes up to and including the line before the last.
class Lines {
public:
    explicit Lines(ReadSome const& read_some) : read_some_(read_some) {}

    // Empty optional at the end.  A last line without its newline is an error: the file is cut short.
    Result<std::optional<std::string>> next() {
        while (true) {
            auto const end = buffer_.find('\n', at_);
            if (end != std::string::npos) {
                std::string line = buffer_.substr(at_, end - at_);
                at_ = end + 1;
                return std::optional<std::string>(std::move(line));
            }
            buffer_.erase(0, at_);
            at_ = 0;
            if (buffer_.size() > line_bytes_max) return fail(wrong("export.line_too_long", "A line is too long.", {}));
            std::size_t const had = buffer_.size();
            buffer_.resize(had + (1U << 18U));
            auto const got = read_some_(buffer_.data() + had, buffer_.size() - had);
            if (!got) return fail(got.error());
            buffer_.resize(had + *got);
            if (*got == 0) {
                if (!buffer_.empty()) return fail(wrong("export.unclosed", "This export is cut short.", {}));
                return std::optional<std::string>();
            }
        }
    }

private:
    ReadSome const& read_some_;
    std::string buffer_;
    std::size_t at_ = 0;
};

Result<Json> run(ReadSome const& read_some, VerifyOptions const& options) {
    Lines lines(read_some);
    Verifier verifier(options);
    crypto::Sha256 hash;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    SANJAL_TRY(auto held, lines.next());
    if (!held) return fail(wrong("export.empty", "This file is empty.", {}));
    bool ended = false;
    // Lines are read and hashed while those before them are verified.
    auto const read_window = [&]() -> Result<std::vector<Line>> {
        std::vector<Line> window;
        std::size_t room = window_bytes;
        while (window.size() < window_lines && room > 0) {
            SANJAL_TRY(auto following, lines.next());
            if (!following) {  // what is held is the manifest
                ended = true;
                break;
            }
            hash.update(*held);
            hash.update("\n");
            bytes += static_cast<std::int64_t>(held->size()) + 1;
            room -= std::min(room, held->size() + 1);
            Line line;
            line.text = std::move(*held);
            line.number = ++count;
            window.push_back(std::move(line));
            held = std::move(following);
        }
        return window;
    };
    SANJAL_TRY(auto window, read_window());
    if (window.empty()) return fail(wrong("export.unclosed", "This is not a Sanjal export, or it is cut short.", "line 1"));
    SANJAL_DO(verifier.header(window.front().text));
    window.erase(window.begin());
    while (true) {
        std::int64_t const so_far = count;
        bool const last = ended;
        std::future<Result<std::vector<Line>>> next;
        if (!last) next = std::async(options.threads == 1 ? std::launch::deferred : std::launch::async, read_window);
        auto const verified = verifier.window(window);
        if (next.valid() && !verified) next.wait();
        SANJAL_DO(verified);
        if (options.progress) options.progress(so_far);
        if (last) break;
        auto following = next.get();
        if (!following) return fail(following.error());
        window = std::move(*following);
    }
    SANJAL_DO(verifier.finish(*held, to_base64url(hash.finish()), bytes, count));
    return verifier.answer();
}

}  // namespace

void in_parallel(std::size_t count, unsigned threads, std::function<void(std::size_t)> const& f) {
    constexpr std::size_t chunk = 32;
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
