if vim.g.loaded_goescape then
  return
end
vim.g.loaded_goescape = true

vim.api.nvim_create_user_command('GoescapeRestart', function()
  require('goescape').restart()
end, { desc = 'Restart the goescape server' })

vim.api.nvim_create_user_command('GoescapeToggle', function()
  require('goescape').toggle()
end, { desc = "Show or hide goescape's hints" })

vim.api.nvim_create_user_command('GoescapeExplain', function()
  require('goescape').explain()
end, { desc = 'Explain what is under the cursor' })

local function on(event, run)
  vim.api.nvim_create_autocmd(event, {
    group = vim.api.nvim_create_augroup('goescape.' .. event, {}),
    callback = function(args)
      local client = vim.lsp.get_client_by_id(args.data.client_id)
      if client and client.name == 'goescape' then
        run(args.buf)
      end
    end,
  })
end
on('LspAttach', function(bufnr)
  require('goescape.hints').attach(bufnr)
end)
on('LspDetach', function(bufnr)
  require('goescape.hints').clear(bufnr)
end)
