--- Starts the goescape language server for Go buffers. Neovim 0.11 and later manage it as any server
--- of `vim.lsp.config`; for 0.10 an autocommand does what `vim.lsp.enable` would.
local M = {}

local NAME = 'goescape'
local MANAGED = vim.fn.has('nvim-0.11') == 1

-- A client's functions became methods in 0.11.
local function call(client, method, ...)
  if MANAGED then
    return client[method](client, ...)
  end
  return client[method](...)
end

--- The configuration that users' own is laid over. `lsp/goescape.lua` hands it to Neovim.
--- @return table
function M.defaults()
  return {
    cmd = { 'goescape', 'lsp' },
    filetypes = { 'go' },
    root_dir = function(bufnr, start)
      start(M.root(bufnr))
    end,
    settings = { [NAME] = vim.empty_dict() },
    handlers = { ['textDocument/inlayHint'] = require('goescape.hints').draw },
    on_init = not MANAGED and function(client)
      -- 0.10 opens a window per server for a hover, each over the last: there K is left to gopls.
      client.server_capabilities.hoverProvider = false
    end or nil,
  }
end

--- Without `vim.lsp.config` the plugin keeps the configuration itself.
local own = M.defaults()

local function current()
  return MANAGED and vim.lsp.config[NAME] or own
end

--- Lays what is given over the configuration that servers are started with.
local function keep(given)
  if MANAGED then
    vim.lsp.config(NAME, given)
  else
    own = vim.tbl_deep_extend('force', own, given)
  end
end

--- @param opts? { cmd?: string[], settings?: table, hints?: boolean }
---   settings: those of the server, without the section's name.
---   hints: false leaves it to you to enable inlay hints.
function M.setup(opts)
  opts = opts or {}
  require('goescape.hints').enabled = opts.hints ~= false
  keep({ cmd = opts.cmd, settings = opts.settings and { [NAME] = opts.settings } })
  local prepare = M.start
  if MANAGED then
    vim.lsp.enable(NAME)
    -- Neovim does not say that it cannot start a server.
    prepare = M.check
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('goescape.start', {}),
    pattern = current().filetypes,
    callback = function(event)
      prepare(event.buf)
    end,
  })
  if not MANAGED then
    -- Buffers that were there before the plugin was loaded.
    vim.iter(vim.api.nvim_list_bufs()):each(M.start)
  end
end

--- Whether the server's program is there; says once what to do when it is not.
--- @return boolean
function M.check()
  local cmd = current().cmd
  local program = type(cmd) == 'table' and cmd[1]
  if not program or vim.fn.executable(program) == 1 then
    return true
  end
  local advice = 'goescape: %s is not installed. Run `cargo install --path server` in a copy of goescape, '
    .. "or name it: require('goescape').setup{ cmd = { '/path/to/goescape', 'lsp' } }"
  -- Later: within an autocommand Neovim would report the message as an error of the autocommand.
  vim.schedule(function()
    vim.notify_once(advice:format(program), vim.log.levels.WARN)
  end)
  return false
end

--- The folder a buffer's server works in: its workspace, else its module, else its repository.
--- @return string
function M.root(bufnr)
  local file = vim.api.nvim_buf_get_name(bufnr)
  local root
  for _, marker in ipairs({ 'go.work', 'go.mod', '.git' }) do
    root = root or vim.fs.root(bufnr, marker)
  end
  root = root or vim.fs.dirname(file)
  -- A file of a dependency or of the standard library, reached by "go to definition", belongs to the
  -- session that it was reached from.
  local running = vim.lsp.get_clients({ name = NAME })[1]
  if running and (file:find('/pkg/mod/', 1, true) or vim.uv.fs_stat(root .. '/../VERSION')) then
    return running.config.root_dir
  end
  return root
end

--- Starts the server for a buffer, or joins it to one that serves its folder.
--- @param bufnr integer
function M.start(bufnr)
  local config = current()
  local serves = vim.api.nvim_buf_is_loaded(bufnr)
    and vim.bo[bufnr].buftype == ''
    and vim.api.nvim_buf_get_name(bufnr) ~= ''
    and vim.tbl_contains(config.filetypes, vim.bo[bufnr].filetype)
  if serves and M.check() then
    local given = { name = NAME, root_dir = M.root(bufnr) }
    vim.lsp.start(vim.tbl_extend('force', config, given), { bufnr = bufnr })
  end
end

--- Ends every goescape server and starts new ones for the Go buffers.
function M.restart()
  local clients = vim.lsp.get_clients({ name = NAME })
  for _, client in ipairs(clients) do
    call(client, 'stop')
  end
  local tries = 0
  local function again()
    tries = tries + 1
    local alive = vim.tbl_filter(function(client)
      return not call(client, 'is_stopped')
    end, clients)
    if #alive > 0 then
      -- After two seconds it is not asked any longer.
      if tries == 40 then
        for _, client in ipairs(alive) do
          call(client, 'stop', true)
        end
      end
      vim.defer_fn(again, 50)
    else
      vim.iter(vim.api.nvim_list_bufs()):each(M.start)
    end
  end
  again()
end

--- Shows in a floating window what goescape, and no other server, says about the cursor's place.
function M.explain()
  local client = vim.lsp.get_clients({ name = NAME, bufnr = 0 })[1]
  if not client then
    vim.notify('goescape: no server serves this buffer', vim.log.levels.WARN)
    return
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  call(client, 'request', 'textDocument/hover', params, function(err, hover)
    local lines = hover and vim.lsp.util.convert_input_to_markdown_lines(hover.contents) or {}
    if err or #lines == 0 then
      vim.notify('goescape: nothing to explain here')
    else
      vim.lsp.util.open_floating_preview(lines, 'markdown', { focus_id = NAME })
    end
  end, 0)
end

--- Changes settings, of running servers too.
--- @param settings table those of the server that change, without the section's name
function M.configure(settings)
  keep({ settings = { [NAME] = settings } })
  for _, client in ipairs(vim.lsp.get_clients({ name = NAME })) do
    client.settings = vim.tbl_deep_extend('force', client.settings, { [NAME] = settings })
    call(client, 'notify', 'workspace/didChangeConfiguration', { settings = client.settings })
  end
end

--- Shows or hides the hints of goescape; those of other servers stay as they are.
function M.toggle()
  local client = vim.lsp.get_clients({ name = NAME })[1]
  if client then
    local shown = vim.tbl_get(client.settings, NAME, 'hints', 'enable') ~= false
    M.configure({ hints = { enable = not shown } })
  end
end

return M
