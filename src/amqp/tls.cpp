#include "amqp/tls.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace jigd::amqp {

/// What was found wrong with the broker's certificate, kept where OpenSSL's callback finds it.
struct Tls::Verdict {
    std::string host;
    std::string fault;
};

namespace {

/// What only a person can mend, at one end or the other. Anything else may be a broker that goes down.
constexpr std::array lasting{
    SSL_R_UNSUPPORTED_PROTOCOL,
    SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
    SSL_R_WRONG_VERSION_NUMBER,
    SSL_R_CERTIFICATE_VERIFY_FAILED,
    SSL_R_TLSV1_ALERT_UNKNOWN_CA,
    SSL_R_TLSV1_ALERT_ACCESS_DENIED,
    SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
    SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
    SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
    SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
    SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
    SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
    SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
};

std::string openssl_says() {
    const auto code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "" : reason;
}

[[noreturn]] void refuse_file(const std::string& path, const char* what) {
    const auto reason = openssl_says();
    throw TlsError("file " + path + " holds no " + what + " that can be used" +
                   (reason.empty() ? "" : " (" + reason + ")") +
                   "; it must be PEM, and readable for this user");
}

void load(SSL_CTX* context, const TlsFiles& files) {
    ERR_clear_error();
    if (files.ca_file) {
        if (SSL_CTX_load_verify_file(context, files.ca_file->c_str()) != 1) {
            refuse_file(*files.ca_file, "certificate of a CA");
        }
    } else {
        (void)SSL_CTX_set_default_verify_paths(context);
    }
    if (!files.certificate_file || !files.key_file) {
        return;
    }
    // A key with a passphrase is refused; by default OpenSSL would ask for it on the terminal.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate_file->c_str()) != 1) {
        refuse_file(*files.certificate_file, "certificate");
    }
    if (SSL_CTX_use_PrivateKey_file(context, files.key_file->c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        refuse_file(*files.key_file, "key of the certificate, without a passphrase,");
    }
}

std::string subject_of(X509* certificate) {
    std::array<char, 256> text{};
    if (certificate == nullptr || X509_NAME_oneline(X509_get_subject_name(certificate), text.data(),
                                                    static_cast<int>(text.size())) == nullptr) {
        return "";
    }
    return text.data();
}

/// The first name that the certificate is made for.
std::string names_in(X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
        &GENERAL_NAMES_free);
    std::string list;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const auto* value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
        if (type == GEN_DNS) {
            list += (list.empty() ? "" : ", ") +
                    std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                static_cast<std::size_t>(ASN1_STRING_length(value)));
        }
    }
    return list.empty() ? subject_of(certificate) : list;
}

std::string describe(int error, X509* certificate, const std::string& host) {
    const std::string said = X509_verify_cert_error_string(error);
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "its certificate is made for " + names_in(certificate) + ", not for " + host +
               "; use a name that it is made for in the URL, or have the certificate made anew";
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "the certificate " + subject_of(certificate) +
               " has expired; renew it on the broker (or set this PC's clock)";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "the certificate " + subject_of(certificate) + " is not valid yet; is this PC's clock right?";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return "its certificate is signed by nobody that is trusted here (" + said +
               "); trust its CA by the setting ca_file";
    default:
        return "its certificate is not to be trusted: " + said;
    }
}

} // namespace

void check_tls_files(const TlsFiles& files) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    &SSL_CTX_free);
    if (!context) {
        throw std::bad_alloc();
    }
    load(context.get(), files);
}

Tls::Tls(void* context, const TlsFiles& files, std::string host)
    : verdict_(std::make_unique<Verdict>(Verdict{std::move(host), {}})) {
    auto* const ssl_context = static_cast<SSL_CTX*>(context);
    load(ssl_context, files);
    (void)SSL_CTX_set_min_proto_version(ssl_context, TLS1_2_VERSION);

    auto* const demands = SSL_CTX_get0_param(ssl_context);
    X509_VERIFY_PARAM_set_hostflags(demands, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(demands, verdict_->host.c_str()) != 1 &&
        X509_VERIFY_PARAM_set1_host(demands, verdict_->host.c_str(), 0) != 1) {
        throw TlsError("'" + verdict_->host + "' can be no name in a certificate");
    }
    ERR_clear_error(); // a name is not an address

    SSL_CTX_set_app_data(ssl_context, verdict_.get());
    SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER, [](int fine, X509_STORE_CTX* store) {
        if (fine == 1) {
            return 1;
        }
        const auto* ssl =
            static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        auto* const verdict = static_cast<Verdict*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
        verdict->fault =
            describe(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_current_cert(store), verdict->host);
        return 0;
    });
}

Tls::~Tls() = default;

std::string Tls::failure() const {
    if (!verdict_->fault.empty()) {
        return verdict_->fault;
    }
    auto said = openssl_says();
    const auto code = ERR_GET_REASON(ERR_peek_last_error());
    if (code == SSL_R_UNSUPPORTED_PROTOCOL || code == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
        return "it speaks no TLS 1.2 or newer (" + said + "); have it do so, older ones are not safe";
    }
    if (code == SSL_R_WRONG_VERSION_NUMBER) {
        return "it speaks no TLS on this port (" + said + "); amqps is mostly on port 5671";
    }
    return said;
}

bool Tls::is_lasting() const {
    const auto code = ERR_peek_last_error();
    return !verdict_->fault.empty() ||
           (ERR_GET_LIB(code) == ERR_LIB_SSL &&
            std::find(lasting.begin(), lasting.end(), ERR_GET_REASON(code)) != lasting.end());
}

} // namespace jigd::amqp
