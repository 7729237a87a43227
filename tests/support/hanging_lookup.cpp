// A name server that never answers, for programs that are started with this library in LD_PRELOAD: looking up
// a name that begins with "hang." does not return. All other names are looked up as ever, and whether it is a
// numeric address is answered at once.

#include <cstring>

#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
    constexpr const char* hangs = "hang.";
    const bool is_numeric_only = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
    while (!is_numeric_only && name != nullptr && std::strncmp(name, hangs, std::strlen(hangs)) == 0) {
        ::pause();
    }
    using Lookup = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    const auto real = reinterpret_cast<Lookup>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(name, service, hints, result);
}
