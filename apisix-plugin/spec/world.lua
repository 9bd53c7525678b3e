-- The environment of the plugins in specs: a clock that moves only on request, requests as coroutines, and a runner with chosen
-- faults. APISIX's part is in stand-in/.

local cjson = require("cjson.safe")
local bit = require("bit")

local SPEC = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
package.path = SPEC .. "../?.lua;" .. SPEC .. "stand-in/?.lua;" .. package.path

local world = {}
local World = {}
World.__index = World

local RUNNER = "/run/runner.sock"
local PLUGINS = "apisix.plugins."
-- The kinds of calls about more than a key, by the first byte.
local KINDS = { "basic", "jwt", "hmac" }

-- Returns the plugins of a consumer or credential with a key.
function world.key_auth(key)
    return { ["key-auth"] = { key = key } }
end

world.JACK = {
    username = "jack",
    credentials = {
        k1 = world.key_auth("$secret://vault/prod/jack/k1"),
        k2 = world.key_auth("$secret://vault/prod/jack/k2"),
    },
}
world.JILL = { username = "jill", plugins = world.key_auth("$env://JILL") }

-- Time and coroutines

function World:spawn(run, request)
    local task = { co = coroutine.create(run), request = request }
    table.insert(self.tasks, task)
    return task
end

-- In a coroutine: waits until the condition holds, or until the deadline; returns whether it held.
local function wait(ready, deadline)
    return coroutine.yield(ready, deadline)
end

function World:resume(task, held)
    self.running = task
    _G.ngx = self.ngx
    local ok, ready, deadline = coroutine.resume(task.co, held)
    self.running = nil
    if not ok then
        error(debug.traceback(task.co, ready), 0)
    end
    if coroutine.status(task.co) == "dead" then
        task.dead = true
    else
        task.ready, task.deadline = ready, deadline
    end
end

-- Resumes all tasks that can continue now.
function World:settle()
    local moved
    repeat
        moved = false
        local living = {}
        for _, task in ipairs(self.tasks) do
            if not task.dead then
                table.insert(living, task)
            end
        end
        self.tasks = living
        for _, task in ipairs(living) do
            if coroutine.status(task.co) == "suspended" then
                local ready = task.ready
                if not ready and not task.deadline or ready and ready() then
                    self:resume(task, true)
                    moved = true
                elseif task.deadline and self.clock >= task.deadline then
                    self:resume(task, false)
                    moved = true
                end
            end
        end
    until not moved
end

function World:advance(seconds)
    local target = self.clock + seconds
    self:settle()
    while true do
        local next_deadline
        for _, task in ipairs(self.tasks) do
            local deadline = not task.dead and task.deadline
            if deadline and deadline <= target and deadline < (next_deadline or math.huge) then
                next_deadline = deadline
            end
        end
        if not next_deadline then
            break
        end
        self.clock = next_deadline
        self:settle()
    end
    self.clock = target
    self:settle()
end

-- Sets the clock back. Timers are not affected.
function World:set_clock_back(seconds)
    self.clock = self.clock - seconds
    self.set_back = self.set_back + seconds
    for _, task in ipairs(self.tasks) do
        task.deadline = task.deadline and task.deadline - seconds
    end
end

-- Ends all requests that wait for something, as nginx does: they never return. Only semaphores notice.
function World:end_requests()
    for _, task in ipairs(self.tasks) do
        if task.request and not task.dead then
            task.dead = true
            if task.waits_for then
                task.waits_for.waiting = task.waits_for.waiting - 1
            end
        end
    end
end

-- The runner

local Runner = {}
Runner.__index = Runner

local function new_runner(of)
    return setmetatable({
        world = of,
        up = true, -- connections are accepted
        mute = false, -- nothing is sent (SIGSTOP)
        by_hand = false, -- calls are answered by the test
        tells = true, -- the stream of events is served
        epoch = "e1",
        sequence = 0,
        answers = {}, -- by key, or by the text of world.call
        otherwise = { verdict = "refused", reason = "invalid_key" },
        calls = {},
        reports = {},
        uses = {},
        streams = {},
        connections = {},
    }, Runner)
end

function Runner:accepts(key, consumer, credential, ttl_ms)
    self.answers[key] = { verdict = "accepted", consumer = consumer, credential = credential, ttl_ms = ttl_ms }
end

-- Returns the runner's current answer, with this sequence.
function Runner:answer_to(key)
    local answer = { epoch = self.epoch, sequence = self.sequence }
    for name, value in pairs(self.answers[key] or self.otherwise) do
        answer[name] = value
    end
    return answer
end

-- Returns the text that stands for a call about more than a key.
function world.call(kind, ...)
    return table.concat({ kind, ... }, "|")
end

local function read_call(body)
    local fields, at = {}, 2
    while at <= #body do
        local a, b, c, d = body:byte(at, at + 3)
        local length = ((a * 256 + b) * 256 + c) * 256 + d
        assert(at + 3 + length <= #body, "a field is longer than the body")
        table.insert(fields, body:sub(at + 4, at + 3 + length))
        at = at + 4 + length
    end
    return world.call(KINDS[body:byte(1)], unpack(fields)), fields
end

local function frame(kind, body)
    local length = #body
    return string.char(kind, bit.rshift(length, 16), bit.band(bit.rshift(length, 8), 255), bit.band(length, 255)) .. body
end

function Runner:reply(call, answer)
    call.connection.inbox = call.connection.inbox .. frame(call.type, cjson.encode(answer))
end

function Runner:calls_for(key)
    local count = 0
    for _, call in ipairs(self.calls) do
        if call.key == key then
            count = count + 1
        end
    end
    return count
end

local function say(connection, line)
    connection.inbox = connection.inbox .. cjson.encode(line) .. "\n"
end

function Runner:tell(line)
    for _, connection in ipairs(self.streams) do
        say(connection, line)
    end
end

-- Sends an event for identities such as jack/k1 or jill.
function Runner:emit(...)
    self.sequence = self.sequence + 1
    local forget = {}
    for i, identity in ipairs({ ... }) do
        local consumer, credential = identity:match("^([^/]*)/?(.*)$")
        forget[i] = { consumer = consumer, credential = credential ~= "" and credential or nil }
    end
    self:tell({ sequence = self.sequence, forget = forget })
end

function Runner:emit_all(skipped)
    self.sequence = self.sequence + 1 + (skipped or 0)
    self:tell({ sequence = self.sequence, forget = "all" })
end

-- Says that it ends and another runner takes its place.
function Runner:announce_restart()
    self:tell({ sequence = self.sequence, restart = true })
end

function Runner:end_streams()
    for _, connection in ipairs(self.streams) do
        connection.open = false
    end
    self.streams = {}
end

function Runner:stop()
    self.up = false
    self:end_streams()
    for _, connection in ipairs(self.connections) do
        connection.open = false
    end
    self.connections = {}
end

function Runner:start()
    self.up = true
    self.epoch = self.epoch .. "+"
    self.sequence = 0
end

function Runner:resume()
    self.mute = false
    for _, connection in ipairs(self.streams) do
        if not connection.greeted then
            connection.greeted = true
            say(connection, { epoch = self.epoch, sequence = self.sequence })
        end
    end
    for _, call in ipairs(self.calls) do
        if not call.done then
            call.done = true
            self:reply(call, self:answer_to(call.key))
        end
    end
end

function Runner:connect(path)
    local connection = { inbox = "", open = true, reused = 0, events = path == "unix:" .. RUNNER .. ".events" }
    if not self.up or not connection.events and path ~= "unix:" .. RUNNER or connection.events and not self.tells then
        return nil, "connection refused"
    end
    if not connection.events then
        table.insert(self.connections, connection)
        return connection
    end
    table.insert(self.streams, connection)
    if not self.mute then
        connection.greeted = true
        say(connection, { epoch = self.epoch, sequence = self.sequence })
    end
    return connection
end

local function number_at(text, at)
    local a, b, c, d = text:byte(at, at + 3)
    return ((a * 256 + b) * 256 + c) * 256 + d
end

-- Adds a report to `uses`, by kind and identity: the uses of the current version and of those before.
function Runner:take_uses(call)
    table.insert(self.reports, call.key)
    if self.mute then
        return
    end
    if self.knows_no_uses then
        call.connection.inbox = call.connection.inbox .. frame(0, "\0")
        return
    end
    if self.too_early then
        return self:reply(call, { epoch = self.epoch, counted = false })
    end
    local at = 2
    local function text()
        local length = number_at(call.key, at)
        at = at + 4 + length
        return call.key:sub(at - length, at - 1)
    end
    while at <= #call.key do
        local kind = number_at(call.key, at)
        at = at + 4
        local consumer, credential = text(), text()
        local name = (KINDS[kind] or "key") .. " " .. consumer .. (credential ~= "" and "/" .. credential or "")
        local before = self.uses[name] or { 0, 0 }
        self.uses[name] = { before[1] + number_at(call.key, at), before[2] + number_at(call.key, at + 4) }
        at = at + 8
    end
    self:reply(call, { epoch = self.epoch })
end

function Runner:take(connection, data)
    local kind, high, middle, low = data:byte(1, 4)
    assert(kind >= 64 and kind <= 67, "no call of the companion")
    local call = { type = kind, key = data:sub(5), connection = connection }
    assert(high * 65536 + middle * 256 + low == #call.key, "wrong length")
    if kind == 67 then
        return self:take_uses(call)
    end
    if kind == 65 then
        call.key, call.fields = read_call(call.key)
    elseif kind == 66 then
        local _, fields = read_call(call.key)
        call.fields = fields
        call.key = world.call("values", fields[2])
    end
    table.insert(self.calls, call)
    self.at_once = math.max(self.at_once or 0, self:unanswered())
    if not self.mute and not self.by_hand then
        call.done = true
        self:reply(call, self:answer_to(call.key))
    end
end

function Runner:unanswered()
    local count = 0
    for _, call in ipairs(self.calls) do
        if not call.done then
            count = count + 1
        end
    end
    return count
end

-- ngx

local Socket = {}
Socket.__index = Socket

function Socket:settimeout(ms)
    self.seconds = ms / 1000
end

function Socket:connect(path, options)
    local pool = self.world.pools[options and options.pool or path]
    if pool and #pool > 0 then
        self.connection = table.remove(pool)
        self.connection.reused = self.connection.reused + 1
    else
        local connection, err = self.world.runner:connect(path)
        if not connection then
            return nil, err
        end
        self.connection = connection
    end
    self.pool = options and options.pool
    return 1
end

function Socket:getreusedtimes()
    return self.connection.reused
end

function Socket:send(data)
    if not self.connection.open then
        return nil, "closed"
    end
    self.world.runner:take(self.connection, data)
    return #data
end

function Socket:receive(what)
    local connection = self.connection
    local function complete()
        return what == "*l" and connection.inbox:find("\n", 1, true) or what ~= "*l" and #connection.inbox >= what
    end
    local held = wait(function()
        return complete() or not connection.open
    end, self.world.clock + self.seconds)
    if not held then
        return nil, "timeout"
    end
    if not complete() then
        return nil, "closed"
    end
    local size = what == "*l" and connection.inbox:find("\n", 1, true) or what
    local data = connection.inbox:sub(1, size)
    connection.inbox = connection.inbox:sub(size + 1)
    return what == "*l" and data:sub(1, -2) or data
end

function Socket:setkeepalive()
    local pools = self.world.pools
    pools[self.pool] = pools[self.pool] or {}
    table.insert(pools[self.pool], self.connection)
    return 1
end

function Socket:close()
    self.connection.open = false
    return 1
end

local Semaphore = {}
Semaphore.__index = Semaphore

function Semaphore:count()
    return self.turns - self.waiting
end

function Semaphore:post(count)
    self.turns = self.turns + count
end

function Semaphore:wait(seconds)
    if self.turns == 0 or self.waiting > 0 then
        local task = self.world.running
        self.waiting = self.waiting + 1
        task.waits_for = self
        local held = wait(function()
            return self.turns > 0
        end, self.world.clock + seconds)
        self.waiting = self.waiting - 1
        task.waits_for = nil
        if not held then
            return nil, "timeout"
        end
    end
    self.turns = self.turns - 1
    return true
end

-- Returns twenty evenly distributed bytes that depend on the whole text, which is all that the specs need of a digest.
local function digest(text)
    local bytes = {}
    for lane = 1, 5 do
        local hash = bit.tobit(0x811c9dc5 + lane * 0x9e3779b1)
        for i = 1, #text do
            hash = bit.bxor(hash, text:byte(i))
            hash = bit.tobit(hash + bit.lshift(hash, 1) + bit.lshift(hash, 4) + bit.lshift(hash, 7) + bit.lshift(hash, 8)
                             + bit.lshift(hash, 24))
            hash = bit.bxor(hash, bit.rshift(hash, 15))
        end
        bytes[lane] = string.char(bit.band(hash, 255), bit.band(bit.rshift(hash, 8), 255), bit.band(bit.rshift(hash, 16), 255),
                                  bit.band(bit.rshift(hash, 24), 255))
    end
    return table.concat(bytes)
end

local BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

function world.base64(text)
    return (text:gsub("..?.?", function(part)
        local a, b, c = part:byte(1, 3)
        local number = a * 65536 + (b or 0) * 256 + (c or 0)
        local chars = {}
        for i = 1, 4 do
            local at = bit.band(bit.rshift(number, 24 - 6 * i), 63) + 1
            chars[i] = i <= #part + 1 and BASE64:sub(at, at) or "="
        end
        return table.concat(chars)
    end))
end

-- As in nginx: what follows the first "=" does not count.
local function from_base64(text)
    text = text:match("^[^=]*")
    if text:find("[^%w+/]") or #text % 4 == 1 then
        return nil
    end
    local bytes, bits, number = {}, 0, 0
    for char in text:gmatch(".") do
        number = number % 65536 * 64 + BASE64:find(char, 1, true) - 1
        bits = bits + 6
        if bits >= 8 then
            bits = bits - 8
            table.insert(bytes, string.char(math.floor(number / 2 ^ bits) % 256))
        end
    end
    return table.concat(bytes)
end

local MONTHS = { Jan = 0, Feb = 31, Mar = 59 }

-- As nginx: in the three forms of RFC 9110, without a look at the time zone. The first months of 1970 are enough here.
local function parse_http_time(text)
    local day, month, time = text:match("^%a+, (%d%d)[ -](%a%a%a)[ -]%d?%d?70 (%d%d:%d%d:%d%d)")
    if not day then
        month, day, time = text:match("^%a%a%a (%a%a%a) +(%d+) (%d%d:%d%d:%d%d) 1970$")
    end
    if not day or not MONTHS[month] then
        return nil
    end
    local hour, minute, second = time:match("(%d+):(%d+):(%d+)")
    return (((MONTHS[month] + day - 1) * 24 + hour) * 60 + minute) * 60 + second
end

local function new_dictionary()
    local values = {}
    return {
        values = values,
        get = function(_, key)
            return values[key]
        end,
        set = function(_, key, value)
            values[key] = value
            return true
        end,
        add = function(_, key, value)
            if values[key] ~= nil then
                return false, "exists"
            end
            values[key] = value
            return true
        end,
        delete = function(_, key)
            values[key] = nil
        end,
        incr = function(_, key, by, from)
            if not values[key] and not from then
                return nil, "not found"
            end
            values[key] = (values[key] or from) + by
            return values[key]
        end,
    }
end

local function new_ngx(of)
    local function request()
        return of.running.request
    end
    return {
        ERR = 4, WARN = 5, NOTICE = 6,
        now = function()
            return of.clock
        end,
        update_time = function() end,
        time = function()
            return math.floor(of.clock)
        end,
        sha1_bin = digest,
        encode_base64 = world.base64,
        decode_base64 = from_base64,
        parse_http_time = parse_http_time,
        log = function(level, ...)
            table.insert(of.log, { level = level, text = table.concat({ ... }) })
        end,
        socket = {
            tcp = function()
                return setmetatable({ world = of }, Socket)
            end,
        },
        timer = {
            at = function(delay, run, ...)
                if of.no_timers then
                    return nil, "too many pending timers"
                end
                local arguments, count = { ... }, select("#", ...)
                of:spawn(function()
                    wait(nil, of.clock + delay)
                    run(of.exiting, unpack(arguments, 1, count))
                end)
                return 1
            end,
        },
        worker = {
            exiting = function()
                return of.exiting
            end,
            -- The privileged agent has none.
            id = function()
                return not of.is_agent and 0 or nil
            end,
        },
        shared = { gateway = new_dictionary(), ["secret-providers"] = of.shared },
        -- $request_uri, and the variables $http_NAME, which treat "-" and "_" alike and contain each header of the request.
        var = setmetatable({}, {
            __index = function(_, name)
                if name == "request_uri" then
                    return request().uri
                end
                local wanted = assert(name:match("^http_(.*)$"), name)
                for header, values in pairs(request().headers) do
                    if header:gsub("-", "_") == wanted then
                        return wanted == "cookie" and table.concat(values, "; ") or values[1]
                    end
                end
            end,
        }),
        header = setmetatable({}, {
            __newindex = function(_, name, value)
                request().answer_headers[name] = value
            end,
        }),
        req = {
            get_headers = function()
                return setmetatable({}, {
                    __index = function(_, name)
                        local headers = request().headers
                        local values = headers[name:lower()] or headers[name:lower():gsub("_", "-")]
                        return values and (#values > 1 and values or values[1])
                    end,
                })
            end,
            set_header = function(name, value)
                request().headers[name:lower()] = value ~= nil and { value } or nil
            end,
            get_method = function()
                return request().method
            end,
            read_body = function()
                request().body_was_read = true
            end,
            get_body_data = function()
                return request().sent
            end,
            get_uri_args = function()
                local args = {}
                for name, values in pairs(request().arguments) do
                    args[name] = #values > 1 and values or values[1]
                end
                return args
            end,
            set_uri_args = function(args)
                request().arguments = {}
                for name, value in pairs(args) do
                    request().arguments[name] = type(value) == "table" and value or { value }
                end
            end,
        },
    }
end

local function grouped(pairs_of, lower)
    local grouped_by = {}
    for _, pair in ipairs(pairs_of or {}) do
        local name = lower and pair[1]:lower() or pair[1]
        grouped_by[name] = grouped_by[name] or {}
        table.insert(grouped_by[name], pair[2])
    end
    return grouped_by
end

-- Returns a plugin of the worker, which it loads at its first use.
function World:load(name)
    self.plugins[name] = self.plugins[name] or require(PLUGINS .. name)
    return self.plugins[name]
end

-- Sends a request and returns it; it is answered as soon as time and runner allow. Headers and arguments: lists of {name, value}.
-- conf: the route's configuration; checked: one that was checked before.
function World:send(options)
    local plugin = options.plugin and self:load(options.plugin) or self.plugin
    local request = {
        method = options.method or "GET",
        uri = options.uri or "/",
        sent = options.body,
        headers = grouped(options.headers or { { "apikey", options.key } }, true),
        arguments = grouped(options.arguments),
        answer_headers = {},
        ctx = require("apisix.core").new_ctx(options.ctx),
        done = false,
    }
    if not options.headers and options.key == nil then
        request.headers = {}
    end
    local conf = options.checked
    if not conf then
        conf = {}
        for _, part in ipairs({ self.conf, options.conf or {} }) do
            for name, value in pairs(part) do
                conf[name] = value
            end
        end
        assert(plugin.check_schema(conf))
    end
    local task = self:spawn(function()
        request.code, request.body = plugin.rewrite(conf, request.ctx)
        request.done = true
    end, request)
    if options.first then
        -- Before everything else that waits.
        self:resume(task)
    end
    self:settle()
    return request
end

-- Sends a request with the key and returns 200 or the code of its answer, or "waits".
function World:status(key, conf)
    local request = self:send({ key = key, conf = conf })
    return request.done and (request.code or 200) or "waits"
end

function World:publish(consumers)
    _G.ngx = self.ngx
    require("apisix.consumer").publish(cjson.encode(consumers))
end

-- Reloads the plugins as APISIX does: it ends the old ones and unloads these files only, and then loads all
-- (apisix/plugin.lua, 3.18).
function World:reload()
    local names = {}
    for name, plugin in pairs(self.plugins) do
        plugin.destroy()
        package.loaded[PLUGINS .. name] = nil
        table.insert(names, name)
    end
    self.plugins = {}
    for _, name in ipairs(names) do
        self:load(name)
    end
    self.plugin = self:load(self.usual)
end

-- Bytes without a pattern, the same in each run: they decide at which moment a credential is asked about again.
local seed = 20261130

local function random_bytes(count)
    local bytes = {}
    for i = 1, count do
        seed = seed * 16807 % 2147483647
        bytes[i] = string.char(math.floor(seed / 128) % 256)
    end
    return table.concat(bytes)
end

-- Returns a new worker that has just loaded a plugin, secret-key-auth unless another is named. With another worker it has
-- the same runner, time, and memory that workers share.
function world.new(plugin, other)
    other = other or {}
    local of = setmetatable({
        clock = other.clock or 1000, set_back = other.set_back or 0, shared = other.shared,
        tasks = {}, log = {}, pools = {}, exiting = false, plugins = {}, usual = plugin or "secret-key-auth",
        -- Of all requests, unless they have others.
        conf = {},
    }, World)
    of.runner = other.runner or new_runner(of)
    of.ngx = new_ngx(of)
    _G.ngx = of.ngx
    package.preload["apisix.plugins.secret-providers.clock"] = function()
        return {
            steady = function()
                return of.clock + of.set_back
            end,
        }
    end
    package.preload["apisix.plugins.secret-providers.random"] = function()
        return { bytes = random_bytes }
    end
    package.loaded["ngx.semaphore"] = {
        new = function(count)
            return setmetatable({ world = of, turns = count, waiting = 0 }, Semaphore)
        end,
    }
    package.loaded["ngx.base64"] = {
        decode_base64url = function(text)
            return from_base64((text:gsub("-", "+"):gsub("_", "/")))
        end,
    }
    for name in pairs(package.loaded) do
        if name:match("^apisix") then
            package.loaded[name] = nil
        end
    end
    ngx.shared.gateway:set("socket", RUNNER)
    of.plugin = of:load(of.usual)
    of:spawn(function()
        while not other.runner do
            wait(nil, of.clock + 1)
            if of.runner.up and not of.runner.mute then
                of.runner:tell({ sequence = of.runner.sequence })
            end
        end
    end)
    return of
end

-- Returns a new worker that knows jack and jill, with a runner that accepts their keys. With another worker it has the same
-- runner, time, and memory that workers share.
function world.with_keys(other)
    local of = world.new(nil, other)
    of:publish({ world.JACK, world.JILL })
    if not (other and other.runner) then
        of.runner:accepts("key-1", "jack", "k1")
        of.runner:accepts("key-2", "jack", "k2")
        of.runner:accepts("jill's", "jill")
    end
    return of
end

-- Returns memory that workers share.
world.new_dictionary = new_dictionary

-- Returns such a worker that also follows the stream of events, and its runner.
function world.with_follower(other)
    local of = world.with_keys(other)
    of:status("unknown")
    of:advance(0.01)
    return of, of.runner
end

return world
