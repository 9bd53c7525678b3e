--- Removes a client's own spellings of the headers that name the consumer to an upstream.
--
-- Many servers read X_Consumer_Username as X-Consumer-Username, while APISIX treats them as two headers. The
-- plugin calls this before attach_consumer of APISIX, which sets the usual spellings.

local core = require("apisix.core")
local bit = require("bit")
local ffi = require("ffi")

local var = ngx.var
local band = bit.band
local rshift = bit.rshift
local ipairs = ipairs
local pcall = pcall
local require = require

local _M = {}

-- Of X-Consumer-Username, X-Consumer-Custom-ID and X-Credential-Identifier, in any spelling.
local LENGTHS = { [19] = true, [20] = true, [23] = true }
-- More headers are left to nginx's variables.
local MOST = 100

-- All spellings with at least one underscore.
local look_alikes = {}
for _, words in ipairs({
    { "X", "Consumer", "Username" },
    { "X", "Credential", "Identifier" },
    { "X", "Consumer", "Custom", "ID" },
}) do
    local dashes = #words - 1
    for mask = 1, 2 ^ dashes - 1 do
        local spelling = words[1]
        for i = 1, dashes do
            spelling = spelling .. (band(rshift(mask, i - 1), 1) == 1 and "_" or "-") .. words[i + 1]
        end
        look_alikes[#look_alikes + 1] = spelling
    end
end

-- Returns the function that tells whether a request may have one of the headers. nginx's variables mean all spellings of
-- a name and any number of headers; APISIX's table of headers ends after 100. To look at the lengths of the names that
-- nginx holds takes a third of the time, by the functions that lua-resty-core calls.
local function new_look_out()
    local function by_variables()
        return var.http_x_consumer_username or var.http_x_credential_identifier or var.http_x_consumer_custom_id
    end
    local ready, by_lengths = pcall(function()
        require("resty.core.request")
        local get_request = require("resty.core.base").get_request
        local count_of = ffi.C.ngx_http_lua_ffi_req_get_headers_count
        local get = ffi.C.ngx_http_lua_ffi_req_get_headers
        local headers = ffi.new("ngx_http_lua_ffi_table_elt_t[?]", MOST)
        local truncated = ffi.new("int[1]")
        return function()
            local request = get_request()
            local count = count_of(request, MOST, truncated)
            if count < 0 or count > MOST or truncated[0] ~= 0 or get(request, headers, count, 1) ~= 0 then
                return by_variables()
            end
            for i = 0, count - 1 do
                if LENGTHS[headers[i].key.len] then
                    return by_variables()
                end
            end
            return false
        end
    end)
    return ready and by_lengths or by_variables
end

local may_have_look_alikes = new_look_out()

--- Removes the other spellings of the identity headers from a request.
-- @tparam table ctx of the request
function _M.remove_look_alikes(ctx)
    if may_have_look_alikes() then
        for _, name in ipairs(look_alikes) do
            core.request.set_header(ctx, name, nil)
        end
    end
end

return _M
