--- Removes a client's own spellings of the headers that name the consumer to an upstream.
--
-- Many servers read X_Consumer_Username as X-Consumer-Username, while APISIX treats them as two headers. The
-- plugin calls this before attach_consumer of APISIX, which sets the usual spellings.

local core = require("apisix.core")
local bit = require("bit")

local var = ngx.var
local band = bit.band
local rshift = bit.rshift
local ipairs = ipairs

local _M = {}

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

--- Removes the other spellings of the identity headers from a request.
--
-- It looks at nginx's variables, which mean all spellings of a name and any number of headers. APISIX's
-- table of headers ends after 100.
-- @tparam table ctx of the request
function _M.remove_look_alikes(ctx)
    if var.http_x_consumer_username or var.http_x_credential_identifier or var.http_x_consumer_custom_id then
        for _, name in ipairs(look_alikes) do
            core.request.set_header(ctx, name, nil)
        end
    end
end

return _M
