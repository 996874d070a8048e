// Prints everyone in a RealtimeKit meeting: id, when created and name, one participant a line, separated by tabs.
//
//     export CLOUDFLARE_API_TOKEN=... ACCOUNT_ID=... APP_ID=... MEETING_ID=...
//     ./list_participants

#include <participants.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>

int main() {
    try {
        const rtk::Client client; // all settings come from the environment
        const auto everyone = client.get_participants(std::getenv("ACCOUNT_ID"), std::getenv("APP_ID"), std::getenv("MEETING_ID"));
        for (const rtk::Participant &participant : everyone)
            std::cout << participant.id() << '\t' << participant.created_at().value_or("-") << '\t'
                      << participant.name().value_or("-") << '\n';
        const char *all = everyone.is_complete() ? "complete" : "perhaps not all: the list kept changing";
        std::cout << everyone.size() << " participants: " << all << '\n';
    } catch (const rtk::Error &error) {
        std::cerr << error.what() << '\n';
        if (const auto wait = error.retry_after())
            std::cerr << "Retry-After: " << std::chrono::duration<double>(*wait).count() << " seconds\n";
        return EXIT_FAILURE;
    }
}
