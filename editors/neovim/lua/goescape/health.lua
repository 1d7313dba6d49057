--- `:checkhealth goescape`
local M = {}

function M.check()
  local health = vim.health
  health.start('goescape')
  local config = vim.lsp.config and vim.lsp.config.goescape or require('goescape').defaults()
  local program = config.cmd[1]
  if vim.fn.executable(program) == 1 then
    local version = vim.trim(vim.fn.system({ program, '--version' }))
    health.ok(('%s: %s'):format(vim.fn.exepath(program), version))
  else
    health.error(program .. ' is not installed', 'Run `cargo install --path server` in a copy of goescape.')
  end
  local clients = vim.lsp.get_clients({ name = 'goescape' })
  for _, client in ipairs(clients) do
    health.ok(('serves %s'):format(client.config.root_dir))
  end
  if #clients == 0 then
    health.info('no server is running: open a Go file')
  end
end

return M
