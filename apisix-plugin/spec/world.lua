-- The environment of the plugin in specs: a clock that moves only on request, requests as coroutines, and a runner with chosen
-- faults. APISIX's part is in stand-in/.

local cjson = require("cjson.safe")
local bit = require("bit")

local SPEC = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
package.path = SPEC .. "../?.lua;" .. SPEC .. "stand-in/?.lua;" .. package.path

local world = {}
local World = {}
World.__index = World

local RUNNER = "/run/runner.sock"
local PLUGIN = "apisix.plugins.secret-key-auth"

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
        answers = {}, -- by key
        otherwise = { verdict = "refused", reason = "invalid_key" },
        calls = {},
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

local function frame(kind, body)
    local length = #body
    return string.char(kind, bit.rshift(length, 16), bit.band(bit.rshift(length, 8), 255), bit.band(length, 255)) .. body
end

function Runner:reply(call, answer)
    call.connection.inbox = call.connection.inbox .. frame(64, cjson.encode(answer))
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

function Runner:take(connection, data)
    assert(data:byte(1) == 64, "no verdict call")
    local _, high, middle, low = data:byte(1, 4)
    local call = { key = data:sub(5), connection = connection }
    assert(high * 65536 + middle * 256 + low == #call.key, "wrong length")
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

local function new_dictionary()
    local values = {}
    return {
        get = function(_, key)
            return values[key]
        end,
        set = function(_, key, value)
            values[key] = value
            return true
        end,
        incr = function(_, key, by, from)
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
        sha1_bin = digest,
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
        },
        shared = { gateway = new_dictionary() },
        -- The variables $http_NAME, which treat "-" and "_" alike and contain each header of the request.
        var = setmetatable({}, {
            __index = function(_, name)
                local wanted = assert(name:match("^http_(.*)$"), name)
                for header, values in pairs(request().headers) do
                    if header:gsub("-", "_") == wanted then
                        return values[1]
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
                        local values = request().headers[name:lower()]
                        return values and (#values > 1 and values or values[1])
                    end,
                })
            end,
            set_header = function(name, value)
                request().headers[name:lower()] = value ~= nil and { value } or nil
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

-- Sends a request and returns it; it is answered as soon as time and runner allow. Headers and arguments: lists of {name, value}.
function World:send(options)
    local request = {
        headers = grouped(options.headers or { { "apikey", options.key } }, true),
        arguments = grouped(options.arguments),
        answer_headers = {},
        ctx = options.ctx or {},
        done = false,
    }
    if not options.headers and options.key == nil then
        request.headers = {}
    end
    local conf = {}
    for name, value in pairs(options.conf or {}) do
        conf[name] = value
    end
    assert(self.plugin.check_schema(conf))
    self:spawn(function()
        request.code, request.body = self.plugin.rewrite(conf, request.ctx)
        request.done = true
    end, request)
    self:settle()
    return request
end

-- Sends a request with the key and returns 200 or the code of its answer, or "waits".
function World:status(key, conf)
    local request = self:send({ key = key, conf = conf })
    return request.done and (request.code or 200) or "waits"
end

function World:publish(consumers)
    require("apisix.consumer").publish(cjson.encode(consumers))
end

-- Reloads the plugin as APISIX does: it ends the old one and unloads that file only (apisix/plugin.lua, 3.18).
function World:reload()
    self.plugin.destroy()
    package.loaded[PLUGIN] = nil
    self.plugin = require(PLUGIN)
end

-- Returns a new worker that has just loaded the plugin.
function world.new()
    local of = setmetatable({ clock = 1000, tasks = {}, log = {}, pools = {}, exiting = false }, World)
    of.runner = new_runner(of)
    _G.ngx = new_ngx(of)
    package.loaded["ngx.semaphore"] = {
        new = function(count)
            return setmetatable({ world = of, turns = count, waiting = 0 }, Semaphore)
        end,
    }
    for name in pairs(package.loaded) do
        if name:match("^apisix") then
            package.loaded[name] = nil
        end
    end
    ngx.shared.gateway:set("socket", RUNNER)
    of.plugin = require(PLUGIN)
    of:spawn(function()
        while true do
            wait(nil, of.clock + 1)
            if of.runner.up and not of.runner.mute then
                of.runner:tell({ sequence = of.runner.sequence })
            end
        end
    end)
    return of
end

-- Returns a new worker that knows jack and jill, with a runner that accepts their keys.
function world.with_keys()
    local of = world.new()
    of:publish({ world.JACK, world.JILL })
    of.runner:accepts("key-1", "jack", "k1")
    of.runner:accepts("key-2", "jack", "k2")
    of.runner:accepts("jill's", "jill")
    return of
end

-- Returns such a worker that also follows the stream of events, and its runner.
function world.with_follower()
    local of = world.with_keys()
    of:status("unknown")
    of:advance(0.01)
    return of, of.runner
end

return world
