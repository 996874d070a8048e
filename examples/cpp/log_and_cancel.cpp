// Prints how many participants a RealtimeKit meeting has, and on stderr what the library logs. Ctrl-C cancels the call.
//
//     export CLOUDFLARE_API_TOKEN=... CLOUDFLARE_ACCOUNT_ID=... REALTIMEKIT_APP_ID=... MEETING_ID=...
//     ./log_and_cancel

#include <participants.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <pthread.h>
#include <signal.h>

// Returns an environment variable, or throws if it is not set.
static std::string required(const char *name) {
    const char *value = std::getenv(name);
    if (value == nullptr || *value == '\0')
        throw std::runtime_error(std::string(name) + " is not set");
    return value;
}

static std::string level_name(std::int32_t level) {
    switch (level) {
    case RTK_LOG_ERROR: return "ERROR ";
    case RTK_LOG_WARN: return "WARN  ";
    case RTK_LOG_INFO: return "INFO  ";
    default: return "DEBUG ";
    }
}

static sigset_t interrupt() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    return signals;
}

// Cancels the calls of a client at Ctrl-C. It waits in a thread, because a signal handler must not call the library.
class CancelAtInterrupt {
public:
    explicit CancelAtInterrupt(const rtk::Client &client)
        : watcher_([&client, signals = interrupt()] {
              int signal = 0;
              sigwait(&signals, &signal);
              client.shutdown();
          }) {}
    ~CancelAtInterrupt() {
        pthread_kill(watcher_.native_handle(), SIGINT); // so that it ends
        watcher_.join();
    }
    CancelAtInterrupt(const CancelAtInterrupt &) = delete;
    CancelAtInterrupt &operator=(const CancelAtInterrupt &) = delete;

private:
    std::thread watcher_;
};

int main() {
    try {
        const std::string account_id = required("CLOUDFLARE_ACCOUNT_ID");
        const std::string app_id = required("REALTIMEKIT_APP_ID"), meeting_id = required("MEETING_ID");

        const sigset_t signals = interrupt();
        pthread_sigmask(SIG_BLOCK, &signals, nullptr); // in all threads: now only sigwait gets Ctrl-C

        rtk::Config config; // all other settings come from the environment
        config.log([](std::int32_t level, std::string_view message) {
            // Several threads may call this at the same time. One `<<` prints one line, so the lines do not mix.
            std::cerr << level_name(level) + std::string(message) + '\n';
        });
        const rtk::Client client(config);
        const rtk::Client child = client.child(); // its shutdown ends no other call of the client
        const CancelAtInterrupt canceller(child);
        std::cout << child.get_participants(account_id, app_id, meeting_id).size() << " participants\n";
    } catch (const rtk::CancelledError &) {
        std::cerr << "cancelled\n";
        return EXIT_FAILURE;
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
