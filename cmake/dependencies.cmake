# The libraries that we stand on, each behind one target; docs/dependencies.md says why each. Only the folder that wraps one links it.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.83 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)

# Asio and Beast are compiled once, here; these definitions are part of their ABI and must be the same everywhere.
add_library(slipway_vendor_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/vendor_asio.cpp)
target_compile_definitions(slipway_vendor_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
  BOOST_BEAST_SEPARATE_COMPILATION BOOST_ALL_NO_LIB)
target_link_libraries(slipway_vendor_asio PUBLIC slipway_options Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)

add_library(slipway_vendor_beast STATIC ${CMAKE_SOURCE_DIR}/cmake/vendor_beast.cpp)
target_link_libraries(slipway_vendor_beast PUBLIC slipway_vendor_asio)

# Debian 12's RapidJSON does not compile under clang 19: hack/install-deps unpacks Debian 13's below .cache/.
add_library(slipway_vendor_rapidjson INTERFACE)
find_path(RAPIDJSON_INCLUDE rapidjson/rapidjson.h HINTS ${CMAKE_SOURCE_DIR}/.cache/rapidjson/usr/include NO_DEFAULT_PATH)
find_path(RAPIDJSON_INCLUDE rapidjson/rapidjson.h REQUIRED)
target_include_directories(slipway_vendor_rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE})

add_library(slipway_vendor_yamlcpp INTERFACE)
target_link_libraries(slipway_vendor_yamlcpp INTERFACE yaml-cpp)
add_library(slipway_vendor_spdlog INTERFACE)
target_link_libraries(slipway_vendor_spdlog INTERFACE spdlog::spdlog)
add_library(slipway_vendor_prometheus INTERFACE)
target_link_libraries(slipway_vendor_prometheus INTERFACE prometheus-cpp::core)
add_library(slipway_vendor_zlib INTERFACE)
target_link_libraries(slipway_vendor_zlib INTERFACE ZLIB::ZLIB)

# The precompiled header carries Asio's declarations, so it needs Asio's definitions.
target_link_libraries(slipway_pch PUBLIC slipway_options slipway_vendor_asio PRIVATE slipway_warnings)
target_precompile_headers(slipway_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
