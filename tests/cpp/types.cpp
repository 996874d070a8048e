// Compile-time checks of participants.hpp. It is included first, so it must compile alone.
#include "participants.hpp"

#include <type_traits>

namespace {

template <class T> constexpr bool move_only = std::is_nothrow_move_constructible_v<T> &&
                                              std::is_nothrow_move_assignable_v<T> &&
                                              !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

static_assert(move_only<rtk::Config>);
static_assert(move_only<rtk::Client>);
static_assert(move_only<rtk::Participants>);
static_assert(move_only<rtk::ParticipantRange>);

// A view is as cheap as a pointer.
static_assert(std::is_trivially_copyable_v<rtk::Participant> && sizeof(rtk::Participant) == sizeof(void *));

// An exception may be copied during the handling of another one, so the copy must not throw.
static_assert(std::is_base_of_v<std::runtime_error, rtk::Error>);
static_assert(std::is_nothrow_copy_constructible_v<rtk::Error> && std::is_nothrow_copy_assignable_v<rtk::Error>);
static_assert(std::is_nothrow_copy_constructible_v<rtk::NotFoundError> &&
              std::is_nothrow_copy_assignable_v<rtk::NotFoundError>);
static_assert(std::is_base_of_v<rtk::Error, rtk::NotFoundError> &&
              std::is_convertible_v<rtk::NotFoundError &, rtk::Error &>);
static_assert(!std::is_convertible_v<std::string, rtk::NotFoundError>);
static_assert(noexcept(std::declval<const rtk::Error &>().body()));

using Everyone = std::iterator_traits<rtk::Participants::iterator>;
static_assert(std::is_base_of_v<std::random_access_iterator_tag, Everyone::iterator_category>);
static_assert(std::is_same_v<Everyone::reference, const rtk::Participant &>);
static_assert(std::is_same_v<Everyone::value_type, rtk::Participant>);

using OneByOne = std::iterator_traits<rtk::ParticipantRange::iterator>;
static_assert(std::is_same_v<OneByOne::iterator_category, std::input_iterator_tag>);
static_assert(std::is_same_v<OneByOne::reference, const rtk::Participant &>);

// Only the id is sure.
using Text = std::optional<std::string_view>;
using Moment = std::optional<std::chrono::system_clock::time_point>;
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().id()), std::string_view>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().name()), Text>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().picture()), Text>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().custom_participant_id()), Text>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().preset_name()), Text>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().created_at()), Text>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().updated_at()), Text>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().created_at_time()), Moment>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participant>().updated_at_time()), Moment>);

static_assert(std::is_same_v<decltype(std::declval<rtk::Error>().page()), std::optional<std::uint64_t>>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Error>().attempts()), std::uint32_t>);

// to_json() of a temporary returns a string that the caller owns.
static_assert(std::is_same_v<decltype(std::declval<const rtk::Participants &>().to_json()), std::string_view>);
static_assert(std::is_same_v<decltype(std::declval<rtk::Participants>().to_json()), std::string>);

// The caller must round a time that milliseconds cannot represent exactly.
template <class T, class Time> using Timeout = decltype(std::declval<T>().timeout(std::declval<Time>()));
static_assert(std::is_same_v<Timeout<rtk::Config &, std::chrono::hours>, rtk::Config &>);
static_assert(std::is_same_v<Timeout<rtk::Config, std::chrono::hours>, rtk::Config>);
static_assert(!std::is_convertible_v<std::chrono::microseconds, std::chrono::milliseconds>);

} // namespace

#if __cplusplus >= 202002L
#include <ranges>

namespace {

using List = const rtk::Participants;
static_assert(std::ranges::random_access_range<List> && std::ranges::sized_range<List>);
static_assert(std::ranges::common_range<List>);
// It owns its participants: an iterator of a temporary would dangle.
static_assert(!std::ranges::borrowed_range<List> && !std::ranges::view<List>);
static_assert(std::random_access_iterator<rtk::Participants::iterator>);
static_assert(std::ranges::random_access_range<rtk::Participants> && std::ranges::sized_range<rtk::Participants> &&
              std::ranges::common_range<rtk::Participants> && !std::ranges::borrowed_range<rtk::Participants>);

static_assert(std::ranges::input_range<rtk::ParticipantRange> && std::ranges::common_range<rtk::ParticipantRange>);
static_assert(!std::ranges::forward_range<rtk::ParticipantRange> && !std::ranges::sized_range<rtk::ParticipantRange>);
static_assert(!std::ranges::borrowed_range<rtk::ParticipantRange> && !std::ranges::view<rtk::ParticipantRange>);
static_assert(std::input_iterator<rtk::ParticipantRange::iterator> &&
              !std::forward_iterator<rtk::ParticipantRange::iterator>);
static_assert(std::sentinel_for<rtk::ParticipantRange::iterator, rtk::ParticipantRange::iterator>);

static_assert(std::equality_comparable<rtk::Participant>);

} // namespace
#endif
