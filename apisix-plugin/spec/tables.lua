-- Tables of decisions that the runner's own tests share.

local cjson = require("cjson")
local assert = require("luassert")

local tables = {}

--- Returns a table of this directory.
function tables.read(name)
    local file = assert(io.open("spec/" .. name))
    local text = file:read("*a")
    file:close()
    return cjson.decode(text)
end

--- Returns the consumers of a table as `World:publish` takes them.
function tables.consumers(of)
    local consumers = {}
    for name, consumer in pairs(of.consumers) do
        local plugins = {}
        for key, value in pairs(consumer) do
            if key ~= "credential" and key ~= "custom_id" and key ~= "labels" then
                plugins[key] = value
            end
        end
        table.insert(consumers, {
            username = name,
            labels = consumer.custom_id and { custom_id = consumer.custom_id },
            plugins = not consumer.credential and plugins or nil,
            credentials = consumer.credential and { [consumer.credential] = plugins },
        })
    end
    return consumers
end

--- Returns the headers or arguments of a case; `text_of` gives the text of a value that is none.
function tables.pairs_of(list, text_of)
    local pairs_list = {}
    for i, pair in ipairs(list or {}) do
        local value = pair[2]
        if type(value) == "table" then
            value = value["repeat"] and value["repeat"]:rep(value.times) or text_of(value)
        elseif value == cjson.null then
            -- An argument without a value, as nginx represents it.
            value = true
        end
        pairs_list[i] = { pair[1], value }
    end
    return pairs_list
end

local OURS = { ["x-consumer-username"] = true, ["x-credential-identifier"] = true, ["x-consumer-custom-id"] = true }

-- Checks that what the client sent is there, but for what is hidden.
local function check_hidden(sent, lists, seen, but_for)
    local hidden = {}
    for _, list in ipairs(lists) do
        for _, name in ipairs(list) do
            hidden[name:lower()] = true
        end
    end
    for _, pair in ipairs(sent or {}) do
        local name = pair[1]:lower()
        if not but_for[name] then
            assert.equal(not hidden[name], seen[pair[1]] ~= nil or seen[name] ~= nil, name)
        end
    end
end

--- Checks a request against what a case expects.
function tables.check(case, expect, request, scheme)
    assert.is_true(request.done)
    if expect.status then
        assert.equal(expect.status, request.code)
        assert.same({ message = expect.message }, request.body)
        local realm = expect.realm and scheme .. ' realm="' .. expect.realm .. '"' or nil
        assert.equal(realm, request.answer_headers["WWW-Authenticate"])
        assert.equal(expect.status == 503 and "1" or nil, request.answer_headers["Retry-After"])
        return
    end
    assert.is_nil(request.code)
    assert.equal(expect.consumer, request.ctx.consumer_name)
    assert.same({ expect.consumer }, request.headers["x-consumer-username"])
    assert.same(expect.credential and { expect.credential }, request.headers["x-credential-identifier"])
    assert.same(expect.custom_id and { expect.custom_id }, request.headers["x-consumer-custom-id"])
    check_hidden(case.headers, { expect.hidden_headers or {}, expect.removed_headers or {} }, request.headers, OURS)
    check_hidden(case.arguments, { expect.hidden_arguments or {} }, request.arguments, {})
    for _, pair in ipairs(expect.set_headers or {}) do
        assert.same({ pair[2] }, request.headers[pair[1]:lower()])
    end
end

return tables
